"""Directories for hostile trees, and an ordinary user to look at them with."""

from __future__ import annotations

import os
import resource
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from cab_check.workspace import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

NOBODY = 65534


class NewDirectory(Protocol):
    """Make a directory for the length of a `with`; hypothesis needs one for each example."""

    def __call__(self) -> AbstractContextManager[Path]:
        """Make it."""
        ...


@contextmanager
def _new_directory() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="workspace-test-"))
    try:
        yield root
    finally:
        remove_tree(root)


@pytest.fixture(scope="session")
def new_directory() -> NewDirectory:
    """Give a maker of directories, each gone at the end of its `with`."""
    return _new_directory


@pytest.fixture
def ground() -> Iterator[Path]:
    """Give a directory that may be filled with anything."""
    with _new_directory() as root:
        yield root


@pytest.fixture
def ordinary(ground: Path) -> Iterator[Path]:
    """Give such a directory to a user without privileges, and be that user meanwhile."""
    if os.geteuid():
        yield ground
        return
    os.chown(ground, NOBODY, NOBODY)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield ground
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def few_files() -> Iterator[None]:
    """Allow this process a hundred open files more than it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 100, hard))  # noqa: PTH208
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class DeepTree(Protocol):
    """Make a chain of directories with a file at its end."""

    def __call__(self, root: Path, levels: int, name: str) -> None:
        """Make it."""
        ...


@pytest.fixture(scope="session")
def deep_tree() -> DeepTree:
    """Give a maker of trees deeper than any path can be long."""
    return _deep_tree


def _deep_tree(root: Path, levels: int, name: str) -> None:
    fd = os.open(root, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=fd)
        below = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(os.open("end", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=fd))
    os.close(fd)
