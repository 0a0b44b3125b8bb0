"""`python -m tests.bench [NAME ...]`: measure and print the table of DESIGN §6.

`python -m tests.bench toolchains` prints which toolchains work at which level.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

from tests.bench import bench_toolchains

if TYPE_CHECKING:
    from tests.bench.row import Row

NAMES = (
    "startup",
    "footprint",
    "overhead",
    "peers",
    "client",
    "isolation",
    "workspace",
    "report",
    "sweep",
    "soak",
    "history",
)


def main() -> None:
    """Run the benches that were named, or all, and print one table."""
    wanted = sys.argv[1:] or NAMES
    if wanted == ["toolchains"]:
        bench_toolchains.show()
        return
    # what pip installs is compiled; a checkout has to be let keep what its first start compiles
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows: list[Row] = []
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr)
        rows += importlib.import_module(f"tests.bench.bench_{name}").measure()
    width = max(len(row.name) for row in rows)
    for row in rows:
        print(f"{row.name:<{width}}  {row.value:>9.2f} {row.unit:<3}  {row.bar}")


if __name__ == "__main__":
    main()
