"""One cell, top to bottom: prepare -> drive -> settle -> verify -> score -> record (DESIGN §3)."""

from cab_check.cell.bench import Bench
from cab_check.cell.halt import Halt
from cab_check.cell.judges import Judges
from cab_check.cell.lacks import of_lack
from cab_check.cell.ruler import check_judges
from cab_check.cell.steps import CellResult, left_out, run_cell

__all__ = [
    "Bench",
    "CellResult",
    "Halt",
    "Judges",
    "check_judges",
    "left_out",
    "of_lack",
    "run_cell",
]
