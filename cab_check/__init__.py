"""cab_check: a provisional, docker-free preview of CodingAgentBench (see README.md)."""

__version__ = "0.1.0"
