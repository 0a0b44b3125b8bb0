"""Many cells: preflight, which, in what order, how many at once, budgets, resume."""

from cab_check.sweep.engine import Onlooker, SweepResult, run_sweep
from cab_check.sweep.plan import WHOLE, Cell, Shard, deal, lay_out
from cab_check.sweep.preflight import Preflight, check_endpoint, check_machine

__all__ = [
    "WHOLE",
    "Cell",
    "Onlooker",
    "Preflight",
    "Shard",
    "SweepResult",
    "check_endpoint",
    "check_machine",
    "deal",
    "lay_out",
    "run_sweep",
]
