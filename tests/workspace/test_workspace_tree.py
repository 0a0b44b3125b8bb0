"""File access that cannot leave the workspace, whoever works against it meanwhile."""

from __future__ import annotations

import os
import resource
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.workspace import (
    DeniedError,
    Kind,
    LeavesTreeError,
    MissingError,
    NotDirectoryError,
    NotRegularError,
    PathError,
    TooLargeError,
    Tree,
    TreeEntry,
    UnusableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.workspace.conftest import DeepTree, NewDirectory

LIMIT = 1024 * 1024


def names(directory: Path) -> list[str]:
    """List a directory."""
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def work(ground: Path) -> Path:
    """Give a workspace with a neighbour that must never be touched."""
    work = ground / "work"
    (work / "src").mkdir(parents=True)
    (work / "src" / "a.py").write_text("a = 1\n")
    (ground / "outside").mkdir()
    (ground / "outside" / "canary").write_text("canary")
    return work


@pytest.fixture
def outside(ground: Path, work: Path) -> Iterator[Path]:
    """Give the neighbour, and look after the test whether it is as it was."""
    assert work.exists()
    yield ground / "outside"
    assert names(ground / "outside") == ["canary"]
    assert (ground / "outside" / "canary").read_text() == "canary"
    assert names(ground) == ["outside", "work"]


@pytest.mark.parametrize(
    "path",
    [
        "src/a.py",
        "./src//a.py",
        "src/../src/a.py",
        "src/./a.py",
        "link",
        "absolute",
        "up/a",
        "src/down/a",
    ],
)
def test_a_file_is_read_and_written_by_any_path_inside(work: Path, path: str) -> None:
    """Dots, doubled slashes, and symlinks of both sorts that stay inside."""
    (work / "link").symlink_to("src/a.py")
    (work / "absolute").symlink_to(work / "src" / "a.py")
    (work / "src" / "down").symlink_to(work / "src")
    (work / "src" / "up").symlink_to("..")
    (work / "up").symlink_to("src/up/src")
    (work / "src" / "a").symlink_to("../src/a.py")
    tree = Tree(work)
    assert tree.read_bytes(path, LIMIT) == b"a = 1\n"
    assert tree.kind(path) is Kind.FILE
    tree.write_bytes(path, b"a = 2\n")
    assert (work / "src" / "a.py").read_bytes() == b"a = 2\n"
    assert (work / "link").is_symlink()


def test_an_absolute_path_below_the_root_will_do(work: Path) -> None:
    """Models repeat what `pwd` prints; a longer name that only begins like it is another place."""
    tree = Tree(work)
    assert tree.read_bytes(f"{tree.root}/src/a.py", LIMIT) == b"a = 1\n"
    assert tree.kind(os.fspath(tree.root)) is Kind.DIRECTORY
    with pytest.raises(LeavesTreeError):
        tree.kind(f"{tree.root}2")


ESCAPES = [
    "../outside/canary",
    "..",
    "src/../../outside/canary",
    "/etc/passwd",
    "/",
    "{outside}/canary",
    "to_file",
    "to_directory/canary",
    "to_directory",
    "absolute",
    "chain",
    "src/up/../../outside/canary",
    "../work/../outside/canary",
]


@pytest.mark.parametrize("path", ESCAPES)
def test_no_path_leads_out(work: Path, outside: Path, path: str) -> None:
    """Neither by dots, nor absolutely, nor through any chain of symlinks; no tool differs."""
    (work / "to_file").symlink_to("../outside/canary")
    (work / "to_directory").symlink_to("../outside")
    (work / "absolute").symlink_to(outside / "canary")
    (work / "chain").symlink_to("src/up/to_file")
    (work / "src" / "up").symlink_to("..")
    tree = Tree(work)
    path = path.format(outside=outside)
    for use in (
        lambda: tree.read_bytes(path, LIMIT),
        lambda: tree.write_bytes(path, b"x"),
        lambda: tree.write_bytes(f"{path}/new/file", b"x"),
        lambda: tree.entries(path),
        lambda: tree.kind(path),
    ):
        with pytest.raises(LeavesTreeError, match="leads out of the workspace") as caught:
            use()
        assert caught.value.reason == "the path leads out of the workspace"


def test_a_dangling_link_to_the_outside_creates_nothing(work: Path, outside: Path) -> None:
    """Writing "through" it is where naive tools make a file elsewhere."""
    (work / "new").symlink_to(outside / "created")
    with pytest.raises(LeavesTreeError):
        Tree(work).write_bytes("new", b"x")


def test_a_dangling_link_inside_is_written_through(work: Path) -> None:
    """As any program would."""
    (work / "new").symlink_to("src/created.py")
    Tree(work).write_bytes("new", b"x")
    assert (work / "src" / "created.py").read_bytes() == b"x"


def test_a_hard_link_elsewhere_keeps_what_it_had(work: Path, outside: Path) -> None:
    """A new file takes the place of the linked one."""
    (work / "linked").hardlink_to(outside / "canary")
    Tree(work).write_bytes("linked", b"x")
    assert (work / "linked").read_bytes() == b"x"


def test_a_root_that_became_a_link_is_not_entered(work: Path, outside: Path) -> None:
    """The whole workspace was exchanged after the tree was made."""
    tree = Tree(work)
    (work / "src" / "a.py").unlink()
    (work / "src").rmdir()
    work.rmdir()
    work.symlink_to(outside)
    with pytest.raises(PathError):
        tree.read_bytes("canary", LIMIT)
    with pytest.raises(PathError):
        tree.write_bytes("new", b"x")


@pytest.mark.parametrize("again", [False, True], ids=["gone", "made-again"])
def test_what_holds_the_root_cannot_be_exchanged(ground: Path, *, again: bool) -> None:
    """A link in its place, to where a directory of the root's name lies, is not followed."""
    work, elsewhere = ground / "private" / "work", ground / "user" / "work"
    work.mkdir(parents=True)
    elsewhere.mkdir(parents=True)
    (elsewhere / "canary").write_text("canary")
    tree = Tree(work)
    moved = (ground / "private").rename(ground / "moved")
    (ground / "private").symlink_to(ground / "user")
    if not again:
        (moved / "work").rmdir()
    with pytest.raises(MissingError):
        tree.read_bytes("canary", LIMIT)
    with suppress(MissingError):
        tree.write_bytes("new", b"x")
    assert names(elsewhere) == ["canary"]
    assert again is (moved / "work" / "new").exists()


def test_a_tree_below_nothing_has_nothing(ground: Path) -> None:
    """What was to hold the root is no directory."""
    (ground / "file").touch()
    with pytest.raises(NotDirectoryError):
        Tree(ground / "file" / "work").entries()


def test_writing_makes_parents_and_keeps_modes(work: Path) -> None:
    """A new file is no program, an old one stays one, setuid goes."""
    tree = Tree(work)
    tree.write_bytes("new/deep/file", b"x")
    assert (work / "new" / "deep" / "file").stat().st_mode & 0o111 == 0
    (work / "tool").write_text("old")
    (work / "tool").chmod(0o4751)
    tree.write_bytes("tool", b"x")
    assert (work / "tool").stat().st_mode & 0o7777 == 0o751
    tree.write_bytes("empty", b"")
    assert (work / "empty").read_bytes() == b""
    assert names(work) == ["empty", "new", "src", "tool"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(work: Path) -> None:
    """The disk refuses in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(UnusableError, match="too large"):
            Tree(work).write_bytes("src/a.py", b"x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(work / "src") == ["a.py"]
    assert (work / "src" / "a.py").read_text() == "a = 1\n"


def test_only_regular_files_are_read_or_replaced(work: Path) -> None:
    """A FIFO would hang whoever opened it, a directory is none, a socket cannot be opened."""
    os.mkfifo(work / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(work / "socket"))
    listener.close()
    tree = Tree(work)
    for path, kind in (
        ("pipe", Kind.FIFO),
        ("socket", Kind.SOCKET),
        ("src", Kind.DIRECTORY),
        (".", Kind.DIRECTORY),
        ("", Kind.DIRECTORY),
        ("src/..", Kind.DIRECTORY),
    ):
        with pytest.raises(NotRegularError, match=kind.value) as caught:
            tree.read_bytes(path, LIMIT)
        assert caught.value.kind is kind
        with pytest.raises(NotRegularError, match=kind.value):
            tree.write_bytes(path, b"x")
        assert tree.kind(path) is kind


def test_a_file_over_the_limit_is_not_read(work: Path) -> None:
    """One byte too many, and a sparse TiB that nobody waits for."""
    (work / "limit").write_bytes(b"x" * 100)
    with (work / "huge").open("wb") as file:
        file.truncate(1024**4)
    tree = Tree(work)
    assert len(tree.read_bytes("limit", 100)) == 100
    with pytest.raises(TooLargeError, match="100 bytes, the limit is 99"):
        tree.read_bytes("limit", 99)
    with pytest.raises(TooLargeError) as caught:
        tree.read_bytes("huge", LIMIT)
    assert (caught.value.size, caught.value.limit) == (1024**4, LIMIT)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs files of unknown size")
def test_a_file_that_says_less_than_it_holds_is_still_bounded() -> None:
    """Files in /proc are 0 bytes long until they are read."""
    tree = Tree(Path(f"/proc/{os.getpid()}"))
    assert tree.read_bytes("status", LIMIT).startswith(b"Name:")
    with pytest.raises(TooLargeError):
        tree.read_bytes("status", 10)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("missing", MissingError),
        ("missing/file", MissingError),
        ("src/a.py/x", NotDirectoryError),
        ("a\0b", UnusableError),
        ("x" * 300, UnusableError),
        ("circle", UnusableError),
        ("circle/x", UnusableError),
    ],
)
def test_each_fault_has_its_error(work: Path, path: str, error: type[PathError]) -> None:
    """The reason is a sentence for the agent."""
    (work / "circle").symlink_to("circle")
    with pytest.raises(error) as caught:
        Tree(work).read_bytes(path, LIMIT)
    assert caught.value.path == path
    assert str(caught.value) == f"{path}: {caught.value.reason}"


def test_a_file_is_no_parent(work: Path) -> None:
    """Making parents does not replace what is there."""
    with pytest.raises(NotDirectoryError):
        Tree(work).write_bytes("src/a.py/x", b"x")
    with pytest.raises(NotDirectoryError):
        Tree(work).entries("src/a.py")


def test_the_start_of_a_file(work: Path) -> None:
    """Of a file longer than the limit its start is read, of any other all."""
    (work / "file").write_bytes(b"x" * LIMIT + b"yz")
    (work / "short").write_bytes(b"x")
    (work / "out").symlink_to("/etc/hostname")
    tree = Tree(work)
    assert tree.read_start("file", LIMIT) == b"x" * LIMIT
    assert tree.read_start("short", LIMIT) == b"x"
    with pytest.raises(LeavesTreeError):
        tree.read_start("out", LIMIT)


def test_modes_are_respected(ordinary: Path) -> None:
    """What is closed to its owner is closed to the tools."""
    (ordinary / "file").write_text("x")
    (ordinary / "file").chmod(0)
    (ordinary / "closed").mkdir()
    (ordinary / "closed").chmod(0)
    tree = Tree(ordinary)
    with pytest.raises(DeniedError, match="permission denied"):
        tree.read_bytes("file", LIMIT)
    with pytest.raises(DeniedError):
        tree.write_bytes("closed/file", b"x")
    with pytest.raises(DeniedError):
        tree.entries("closed")


def test_a_directory_is_listed_by_name(work: Path) -> None:
    """Symlinks are named as such, wherever they lead."""
    (work / "out").symlink_to("/")
    (work / os.fsdecode(b"\xff")).write_text("x")
    tree = Tree(work)
    assert tree.entries() == (
        TreeEntry("out", Kind.SYMLINK),
        TreeEntry("src", Kind.DIRECTORY),
        TreeEntry("\udcff", Kind.FILE),
    )
    assert tree.entries("src") == (TreeEntry("a.py", Kind.FILE),)
    assert tree.read_bytes("\udcff", LIMIT) == b"x"


@pytest.mark.usefixtures("few_files")
def test_a_path_longer_than_any_is_resolved(work: Path, deep_tree: DeepTree) -> None:
    """And climbed again, with a hundred open files at most."""
    deep_tree(work, 300, "d" * 200)
    deep = "/".join(["d" * 200] * 300)
    tree = Tree(work)
    assert tree.read_bytes(f"{deep}/end", LIMIT) == b""
    assert tree.read_bytes(f"{deep}{'/..' * 300}/src/a.py", LIMIT) == b"a = 1\n"
    with pytest.raises(LeavesTreeError):
        tree.kind(f"{deep}{'/..' * 301}")


def test_nothing_is_left_open(work: Path) -> None:
    """Neither by what succeeds nor by what fails."""
    (work / "out").symlink_to("/")
    tree = Tree(work)
    before = len(names(Path("/dev/fd")))
    for path in ("src/a.py", "src", "missing", "out/x", "src/a.py/x", "new/x"):
        for use in (tree.kind, tree.entries, lambda path: tree.read_bytes(path, 1)):
            with suppress(PathError):
                use(path)
        with suppress(PathError):
            tree.write_bytes(path, b"x")
    assert len(names(Path("/dev/fd"))) == before


@pytest.mark.parametrize("swapped", ["directory", "file"])
def test_a_race_for_the_path_is_never_won(work: Path, outside: Path, swapped: str) -> None:
    """Another thread exchanges the path for a link to the outside while files are written."""
    path, target = ("victim/canary", outside) if swapped == "directory" else ("victim", None)
    done = threading.Event()
    swaps = 0

    def swap() -> None:
        nonlocal swaps
        victim = work / "victim"
        while not done.is_set():
            with suppress(FileNotFoundError):
                victim.rename(work / f"aside_{swaps}")
            with suppress(FileExistsError):
                victim.symlink_to(target or outside / "canary")
                victim.unlink()
            swaps += 1

    tree = Tree(work)
    written = refused = 0
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(20_000):
            try:
                tree.write_bytes(path, b"overwritten")
                written += 1
            except PathError:
                refused += 1
            with suppress(PathError):
                assert tree.read_bytes(path, LIMIT) != b"canary"
            if min(written, refused) >= 60:
                break
    finally:
        done.set()
        thread.join()
        sys.setswitchinterval(interval)
    assert min(written, refused, swaps) > 0


NAMES = st.sampled_from(["a", "b", "..", ".", "", "file", "up", "out", "root", "self", "/"])
PATHS = st.lists(NAMES, max_size=8).map("/".join)


@given(
    st.dictionaries(
        st.sampled_from(["up", "out", "root", "self", "a/up", "a/b/out", "b"]), PATHS, max_size=5
    ),
    PATHS,
)
def test_whatever_links_there_are_nothing_outside_changes(
    new_directory: NewDirectory, links: dict[str, str], path: str
) -> None:
    """Random links, random paths: a write lands inside, or is refused; a read likewise."""
    with new_directory() as ground:
        work = ground / "x" / "work"
        (work / "a" / "b").mkdir(parents=True)
        for secret in (ground / "file", ground / "x" / "file"):
            secret.write_text("secret")
        for name, target in links.items():
            (work / name).symlink_to(target or ".")
        tree = Tree(work)
        with suppress(PathError):
            assert tree.read_bytes(f"{path}/file", LIMIT) != b"secret"
        with suppress(PathError):
            tree.write_bytes(f"{path}/file", b"written")
            real = Path(os.path.realpath(work / path.lstrip("/") / "file"))
            assert real.is_relative_to(work)
            assert real.read_bytes() == b"written"
        assert (ground / "file").read_text() == (ground / "x" / "file").read_text() == "secret"
        assert names(ground) == ["file", "x"]
        assert names(ground / "x") == ["file", "work"]
