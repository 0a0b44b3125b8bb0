"""Is the ruler straight? Every task played by actors whose score is known beforehand."""

from cab_check.selftest.expected import complaints
from cab_check.selftest.plays import SEEDS, Play, actors, plays
from cab_check.selftest.running import Measurement, run_selftest

__all__ = ["SEEDS", "Measurement", "Play", "actors", "complaints", "plays", "run_selftest"]
