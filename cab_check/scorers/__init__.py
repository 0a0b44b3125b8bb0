"""One file an axis: its value type and one pure function Evidence -> axis. No I/O, no clock."""

from cab_check.scorers.score import SCORERS_VERSION, score

__all__ = ["SCORERS_VERSION", "score"]
