"""Run directories on disk: write, list, find, read back (DESIGN §3, record)."""

from cab_check.store.heads import Head, read_head
from cab_check.store.reading import Run, UnreadableError, read_record
from cab_check.store.remains import Remains, read_remains
from cab_check.store.rundir import RunDir, StoreError
from cab_check.store.shelf import Store
from cab_check.store.sweeps import Cells, SweepDir
from cab_check.store.tape import find_tape

__all__ = [
    "Cells",
    "Head",
    "Remains",
    "Run",
    "RunDir",
    "Store",
    "StoreError",
    "SweepDir",
    "UnreadableError",
    "find_tape",
    "read_head",
    "read_record",
    "read_remains",
]
