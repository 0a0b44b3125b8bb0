"""The launcher's entry: `python -I -S start.py`, with the host's socket as its standard input.

Isolated mode leaves the script's folder off the path on purpose. It is put last here, so that
nothing beside this file can stand in for a module of the standard library.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib costs 5 ms
    import_module("inside.launcher").serve()
