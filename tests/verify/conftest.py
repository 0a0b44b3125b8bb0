"""A judge's bench: a tree is laid out as an agent would have left it, and really verified."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.settings import BoxLimits, Isolation
from cab_check.tasks import catalog
from cab_check.tasks.kits import kit_dir
from cab_check.verify import verify
from cab_check.workspace import copy_tree

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification

    LayOut = Callable[..., Path]
    Judge = Callable[..., Awaitable[Verification]]


@pytest.fixture
def lay_out(tmp_path: Path) -> LayOut:
    """Return what makes the tree that an agent left: a workdir, an answer over it, some files."""

    def make(
        task: Task, answer: Path | None = None, files: Mapping[str, str] | None = None
    ) -> Path:
        tree = tmp_path / "left"
        copy_tree(task.workdir, tree)
        if answer is not None:
            copy_tree(answer, tree)
        for path, text in (files or {}).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text, encoding="utf-8")
        return tree

    return make


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Return what verifies a tree in a real box of level none."""

    async def run(task: Task, tree: Path, *, limit_s: float = 60.0) -> Verification:
        return await verify(
            task,
            agent_tree=tree,
            root=tmp_path / "judge",
            limits=BoxLimits(),
            isolation=Isolation.NONE,
            open_box=open_box,
            limit_s=limit_s,
        )

    return run


@pytest.fixture
def hasty(tmp_path: Path) -> Callable[..., Task]:
    """Return what copies a task whose judge waits for half a second only, or as long as said."""

    def make(task_id: str, limit_s: float = 0.5) -> Task:
        root = tmp_path / "hasty"
        shutil.copytree(catalog.CORPUS / task_id, root)
        text = (kit_dir("python") / "judge/kit.py").read_text(encoding="utf-8")
        assert "LIMIT_S = 10.0" in text
        own = root / "verify/judge/kit.py"
        own.write_text(text.replace("LIMIT_S = 10.0", f"LIMIT_S = {limit_s}"), encoding="utf-8")
        return catalog.find(str(root))

    return make
