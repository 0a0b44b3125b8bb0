"""Run one attack by its name, which is that of a module and of a function in it."""

from __future__ import annotations

import sys
from importlib import import_module

from field import decode  # type: ignore[import-not-found] # the folder is on the path

if __name__ == "__main__":
    module, _, function = sys.argv[1].partition(".")
    try:
        getattr(import_module(module), function)(decode(sys.argv[2]))
    except (OSError, AttributeError, MemoryError) as error:
        # refused: what a person may want to know, and no win. AttributeError: not on this system
        print(f"{type(error).__name__}: {error}"[:300])  # noqa: T201 - output is what is read
