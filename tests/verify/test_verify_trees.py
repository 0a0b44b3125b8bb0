"""The three trees, and what becomes of what the verifier said."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.sandbox.box import CommandResult, Limit
from cab_check.settings import MIB, BoxLimits, Isolation
from cab_check.tasks import catalog
from cab_check.tasks.files import is_litter
from cab_check.tasks.kits import kit_dir
from cab_check.verify import verify
from cab_check.workspace import remove_tree

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from cab_check.sandbox.box import Box, BoxSpec, Receipt
    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification

    LayOut = Callable[..., Path]

REVERSE = "polyglot/python-reverse-string"
SAID = CommandResult(
    exit_code=0, stdout=b"", stderr=b"", elided_bytes=0, duration_ms=1.0, stopped_by=None
)


@dataclass
class PaperBox:
    """A box that runs nothing and says what it was told to say."""

    says: CommandResult = SAID
    specs: list[BoxSpec] = field(default_factory=list)
    runs: list[tuple[tuple[str, ...], float, bool, int]] = field(default_factory=list)

    @asynccontextmanager
    async def __call__(self, spec: BoxSpec) -> AsyncIterator[Box]:
        """Open."""
        self.specs.append(spec)
        yield self

    async def run(
        self, argv: tuple[str, ...], limit_s: float, *, merge: bool = True, keep_bytes: int = 0
    ) -> CommandResult:
        """Note the command and answer."""
        self.runs.append((argv, limit_s, merge, keep_bytes))
        return self.says

    def receipt(self) -> Receipt:
        """Say nothing; the verifier's box is not in the record."""
        raise AssertionError("nobody asks for it")


async def _verify(
    task: Task, tree: Path, box: PaperBox, *, limits: BoxLimits | None = None
) -> Verification:
    return await verify(
        task,
        agent_tree=tree,
        root=tree.parent / "judge",
        limits=limits or BoxLimits(),
        isolation=Isolation.NONE,
        open_box=box,
        limit_s=7.0,
    )


def _files(root: Path) -> set[str]:
    # an installer compiles the corpus; what it makes is no part of a task
    found = (
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )
    return {path for path in found if not is_litter(path)}


async def test_three_trees_are_told_by_their_variables(lay_out: LayOut) -> None:
    """The box starts in work/, knows the trees, and has a limit and streams of its own."""
    task, box = catalog.find(REVERSE), PaperBox()
    tree = lay_out(task)
    await _verify(task, tree, box)
    root = tree.parent / "judge"
    (spec,) = box.specs
    assert dict(spec.environment) == {
        "CAB_AGENT_DIR": str(root / "agent"),
        "CAB_PRISTINE_DIR": str(root / "pristine"),
        "CAB_WORK_DIR": str(root / "work"),
    }
    assert (spec.root, spec.cwd, spec.isolation) == (root, root / "work", Isolation.NONE)
    assert spec.writable == (root / "work",)
    assert spec.readable == (root / "agent", root / "pristine")
    assert box.runs == [(task.verify, 7.0, False, MIB)]
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


async def test_each_tree_holds_what_it_should(lay_out: LayOut) -> None:
    """agent/ is as left, pristine/ the fixture, work/ the agent's files, the judge over them."""
    task = catalog.find(REVERSE)
    tree = lay_out(task, task.oracle_dir, {"more.txt": "x", ".git/HEAD": "x", "a/.git/HEAD": "x"})
    await _verify(task, tree, PaperBox())
    root = tree.parent / "judge"
    assert _files(root / "agent") == _files(tree)
    assert _files(root / "pristine") == _files(task.workdir)
    judge = {f"judge/{name}" for name in ("verify.py", "kit.py", "child.py")}
    without_git = {path for path in _files(tree) if ".git/" not in path}
    assert _files(root / "work") == without_git | judge
    assert "[::-1]" in (root / "agent/src/reverse.py").read_text()
    assert "[::1]" in (root / "pristine/src/reverse.py").read_text()
    assert "[::-1]" in (root / "work/src/reverse.py").read_text()


async def test_agent_and_pristine_are_read_only(lay_out: LayOut) -> None:
    """Nobody may write to the trees that "untouched" is judged from; bits to run stay."""
    task = catalog.find(REVERSE)
    tree = lay_out(task, None, {"run.sh": "x", "deep/er/x": "x"})
    (tree / "run.sh").chmod(0o755)
    await _verify(task, tree, PaperBox())
    for name in ("agent", "pristine"):
        root = tree.parent / "judge" / name
        assert not any(path.stat().st_mode & 0o222 for path in (root, *root.rglob("*")))
    assert stat.S_IMODE((tree.parent / "judge/agent/run.sh").stat().st_mode) == 0o555
    assert (tree.parent / "judge/work/src/reverse.py").stat().st_mode & stat.S_IWUSR
    remove_tree(tree.parent / "judge")
    assert not (tree.parent / "judge").exists()


async def test_the_agents_tree_is_never_written_to(lay_out: LayOut) -> None:
    """What is judged is a copy: modes, times and contents of the original stay."""
    task = catalog.find(REVERSE)
    tree = lay_out(task)
    before = {path: path.lstat() for path in (tree, *tree.rglob("*"))}
    await _verify(task, tree, PaperBox())
    for path, status in before.items():
        now = path.lstat()
        assert (now.st_mode, now.st_mtime_ns, now.st_size) == (
            status.st_mode,
            status.st_mtime_ns,
            status.st_size,
        )


async def test_ignored_paths_never_reach_the_verifier(lay_out: LayOut) -> None:
    """A cache that the task ignores is in no tree, one that it does not ignore is."""
    task = catalog.find(REVERSE)
    cache = "src/__pycache__/reverse.cpython-311.pyc"
    tree = lay_out(task, None, {cache: "x", "src/__pycache__/kept.txt": "x"})
    await _verify(task, tree, PaperBox())
    for name in ("agent", "work"):
        found = tree.parent / "judge" / name
        assert not (found / cache).exists()
        assert (found / "src/__pycache__/kept.txt").exists()


async def test_a_path_of_the_fixture_is_never_ignored(lay_out: LayOut) -> None:
    """A pattern that would hide what the fixture has hides nothing of it."""
    task = replace(catalog.find(REVERSE), ignored=("src/**", "tests/*"))
    tree = lay_out(task, None, {"src/new.py": "x"})
    await _verify(task, tree, PaperBox())
    found = _files(tree.parent / "judge/work")
    assert {"src/reverse.py", "tests/test_reverse.py"} <= found
    assert "src/new.py" not in found


@pytest.mark.parametrize("left", ["folder", "file", "link", "link out", "pipe", "closed folder"])
@pytest.mark.parametrize("name", ["verify.py", "kit.py"])
async def test_the_judge_wins_over_what_the_agent_left(
    left: str, name: str, lay_out: LayOut, tmp_path: Path
) -> None:
    """A task's own part and a kit's lie where they belong; nothing is written through."""
    task = catalog.find(REVERSE)
    tree = lay_out(task)
    outside = tmp_path / "outside"
    outside.mkdir()
    match left:
        case "folder":
            (tree / "judge" / name).mkdir(parents=True)
            (tree / "judge" / name / "x").write_text("x")
        case "file":
            (tree / "judge").write_text("x")
        case "link":
            (tree / "judge").symlink_to("src")
        case "link out":
            (tree / "judge").symlink_to(outside)
        case "pipe":
            (tree / "judge").mkdir()
            os.mkfifo(tree / "judge" / name)
        case "closed folder":
            (tree / "judge").mkdir(mode=0)
    await _verify(task, tree, PaperBox())
    work = tree.parent / "judge/work"
    home = task.verify_dir if name == "verify.py" else kit_dir("python")
    assert (work / "judge" / name).read_bytes() == (home / "judge" / name).read_bytes()
    assert not (work / "judge").is_symlink()
    assert not any(outside.iterdir())
    assert not (work / "src" / name).exists()


async def test_a_users_task_may_name_kits(lay_out: LayOut, tmp_path: Path) -> None:
    """A task anywhere gets the package's kits; where its verify/ has the path too, verify/ wins."""
    root = tmp_path / "mine"
    shutil.copytree(catalog.find(REVERSE).root, root)
    (root / "verify/judge/child.py").write_text("own")
    task = catalog.find(str(root))
    await _verify(task, lay_out(task, None, {"judge/child.py": "agent"}), PaperBox())
    judge = tmp_path / "judge/work/judge"
    assert (judge / "child.py").read_text() == "own"
    assert (judge / "kit.py").read_bytes() == (kit_dir("python") / "judge/kit.py").read_bytes()


async def test_without_kits_there_is_verify_alone(lay_out: LayOut) -> None:
    """What a task does not name is not laid out."""
    task = replace(catalog.find(REVERSE), kits=())
    tree = lay_out(task)
    await _verify(task, tree, PaperBox())
    judge = tree.parent / "judge/work/judge"
    assert [path.name for path in judge.iterdir()] == ["verify.py"]


async def test_links_are_copied_as_links(lay_out: LayOut, tmp_path: Path) -> None:
    """Nothing outside of the agent's tree is read: a link stays a link."""
    task = catalog.find(REVERSE)
    (tmp_path / "secret").write_text("do not read")
    tree = lay_out(task)
    (tree / "peek").symlink_to(tmp_path / "secret")
    (tree / "folder").symlink_to(tmp_path)
    await _verify(task, tree, PaperBox())
    for name in ("agent", "work"):
        root = tree.parent / "judge" / name
        assert (root / "peek").readlink() == tmp_path / "secret"
        assert (root / "folder").readlink() == tmp_path


async def test_installers_caches_stay_out_of_every_tree(lay_out: LayOut, tmp_path: Path) -> None:
    """What an installer compiled in the task's folders is no part of the task."""
    root = tmp_path / "task"
    copied = catalog.find(REVERSE)
    shutil.copytree(copied.root, root)
    for folder in ("workdir/src", "verify/judge", "oracle/src"):
        (root / folder / "__pycache__").mkdir(exist_ok=True)
        (root / folder / "__pycache__/x.cpython-311.pyc").write_bytes(b"\0")
    task = catalog.find(str(root))
    await _verify(task, lay_out(copied), PaperBox())
    for name in ("agent", "pristine", "work"):
        assert not [path for path in _files(tmp_path / "judge" / name) if "__pycache__" in path]


@pytest.mark.parametrize(
    ("said", "exit_code", "timed_out"),
    [
        (SAID, 0, False),
        (replace(SAID, exit_code=2), 2, False),
        (replace(SAID, exit_code=137, stopped_by=Limit.TIME), 137, True),
        (replace(SAID, exit_code=0, stopped_by=Limit.TIME), 124, True),
        (replace(SAID, exit_code=0, stopped_by=Limit.OUTPUT), 124, False),
    ],
    ids=["passed", "failed", "time", "time though it ended well", "output"],
)
async def test_a_verifier_that_a_limit_ended_never_passes(
    said: CommandResult,
    exit_code: int,
    timed_out: bool,  # noqa: FBT001 - a parameter of the test
    lay_out: LayOut,
) -> None:
    """The exit code is all that counts, and timed_out says that the time limit ended it."""
    task = catalog.find(REVERSE)
    verification = await _verify(task, lay_out(task), PaperBox(said))
    assert (verification.exit_code, verification.timed_out) == (exit_code, timed_out)


async def test_invalid_text_is_replaced(lay_out: LayOut) -> None:
    """What is no UTF-8 becomes replacement characters; the two streams stay apart."""
    said = replace(SAID, stdout=b"ok \xff\n", stderr="é\n".encode())
    task = catalog.find(REVERSE)
    verification = await _verify(task, lay_out(task), PaperBox(said))
    assert (verification.stdout, verification.stderr) == ("ok \ufffd\n", "é\n")
    assert verification.duration_ms > 0


@pytest.mark.parametrize("data", [True, False], ids=["on", "off"])
async def test_a_task_may_switch_the_data_limit_off(
    data: bool,  # noqa: FBT001 - a parameter of the test
    lay_out: LayOut,
) -> None:
    """`limits.data = "off"` reaches the verifier's box; the other limits stay."""
    task, box = replace(catalog.find(REVERSE), limits_data=data), PaperBox()
    limits = BoxLimits(processes=99)
    await _verify(task, lay_out(task), box, limits=limits)
    assert box.specs[0].limits == (limits if data else replace(limits, data_bytes=None))


async def test_the_time_limit_ends_a_real_verifier(lay_out: LayOut) -> None:
    """A verifier that does not end is ended, and says so."""
    task = replace(catalog.find(REVERSE), verify=("python3", "-c", "while True: pass"))
    tree = lay_out(task)
    verification = await verify(
        task,
        agent_tree=tree,
        root=tree.parent / "judge",
        limits=BoxLimits(),
        isolation=Isolation.NONE,
        open_box=open_box,
        limit_s=0.2,
    )
    assert verification.timed_out
    assert verification.exit_code != 0


async def test_a_cancelled_cell_waits_for_the_copy(lay_out: LayOut) -> None:
    """After a cancellation nobody writes to the trees any more, so that they can be removed."""
    task, box = catalog.find(REVERSE), PaperBox()
    tree = lay_out(task, None, {f"many/{number}": "x" for number in range(300)})
    running = asyncio.create_task(_verify(task, tree, box))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    judge = tree.parent / "judge"
    assert len(_files(judge / "work")) > 300
    assert not (judge / "pristine").stat().st_mode & 0o222
    assert box.specs == []


async def test_an_agent_that_left_nothing_is_judged(lay_out: LayOut) -> None:
    """A tree that the agent emptied or removed is a tree without files."""
    task, box = catalog.find(REVERSE), PaperBox()
    tree = lay_out(task)
    remove_tree(tree)
    await _verify(task, tree, box)
    assert _files(tree.parent / "judge/agent") == set()
    assert "judge/verify.py" in _files(tree.parent / "judge/work")


@pytest.mark.parametrize("planted", ["directory", "file", "link"])
async def test_a_judge_never_works_where_something_is_already(
    planted: str, lay_out: LayOut
) -> None:
    """Its folder is made by it, or nothing is judged."""
    task = catalog.find(REVERSE)
    tree, box = lay_out(task), PaperBox()
    root = tree.parent / "judge"
    if planted == "directory":
        root.mkdir()
    elif planted == "file":
        root.write_text("")
    else:
        root.symlink_to("elsewhere")
    with pytest.raises(FileExistsError):
        await _verify(task, tree, box)
    assert not box.specs


@pytest.mark.parametrize("left", ["nothing", "file", "link"])
async def test_a_tree_that_is_gone_is_judged_as_empty(left: str, lay_out: LayOut) -> None:
    """What was put in its place is not looked at."""
    task = catalog.find(REVERSE)
    tree, box = lay_out(task), PaperBox()
    remove_tree(tree)
    if left == "file":
        tree.write_text("")
    elif left == "link":
        tree.symlink_to(task.oracle_dir)
    await _verify(task, tree, box)
    assert _files(tree.parent / "judge" / "agent") == set()
    assert len(box.runs) == 1
