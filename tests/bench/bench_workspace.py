"""Workspace cost: copy, two snapshots and a comparison of a 10,000-file tree (DESIGN §6)."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.workspace import compare, open_workspace, remove_tree, take_snapshot
from tests.bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILES = 10_000
FOLDERS = 100
BYTES = 4096
ROUNDS = 5


def measure() -> list[Row]:
    """Time ours and the machine's own tools on one tree, in turns; medians of five."""
    with _tree() as tree:
        copying: list[float] = []
        hashing: list[float] = []
        ours: list[float] = []
        for _ in range(ROUNDS):
            copying.append(_copy_seconds(tree))
            hashing.append(_hash_seconds(tree))
            ours.append(_workspace_seconds(tree))
    cp, sha256sum, workspace = map(statistics.median, (copying, hashing, ours))
    return [
        Row("cp -a, 10,000 files", cp * 1000, "ms", "-"),
        Row("sha256sum, 10,000 files", sha256sum * 1000, "ms", "-"),
        Row("copy + two snapshots + compare", workspace * 1000, "ms", "-"),
        Row("the same / (2 x cp -a + sha256sum)", workspace / (2 * cp + sha256sum), "x", "<= 1"),
    ]


@contextmanager
def _tree() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        for number in range(FILES):
            folder = root / "tree" / f"package_{number % FOLDERS:03}"
            folder.mkdir(parents=True, exist_ok=True)
            line = b"value_%d = %d\n" % (number, number)
            (folder / f"module_{number:05}.py").write_bytes(line * (BYTES // len(line)))
        yield root / "tree"
    finally:
        remove_tree(root)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def _copy_seconds(tree: Path) -> float:
    copy = tree.parent / "copy"
    try:
        return _seconds(lambda: _run("cp", "-a", os.fspath(tree), os.fspath(copy)))
    finally:
        remove_tree(copy)


def _hash_seconds(tree: Path) -> float:
    names = b"\0".join(os.fsencode(path) for path in tree.rglob("*.py"))
    argv = ["xargs", "-0", "sha256sum"]
    return _seconds(
        lambda: subprocess.run(argv, input=names, stdout=subprocess.DEVNULL, check=True)
    )


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True)


def _workspace_seconds(tree: Path) -> float:
    """Time all but the removal, which `cp -a` is not charged for either."""
    begin = time.perf_counter()
    with open_workspace(tree, scratch_dir=tree.parent, keep=False) as workspace:
        after = take_snapshot(workspace.work)
        changes = compare(workspace.before, after, ignored=["target/**"])
        elapsed = time.perf_counter() - begin
    if changes.paths:
        raise AssertionError(f"an untouched copy differs: {changes.paths[:3]}")
    return elapsed
