"""A small task, a catalogue that knows it, and a server that must leave nothing behind."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.demo import serve
from cab_check.errors import UsageError
from cab_check.tasks.spec import Origin, Task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from cab_check.demo import DemoServer

TASK_ID = "demo/small-task"


@pytest.fixture
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """Write a task whose answers hold text, a program, a binary file and a link."""
    root = tmp_path_factory.mktemp("small-task")
    for folder in ("workdir/src", "workdir/tests", "oracle/src", "oracle/bin", "cheats/shortcut"):
        (root / folder).mkdir(parents=True)
    (root / "workdir/README.md").write_text("Please mend src/app.py.\n")
    (root / "workdir/src/app.py").write_text("x = 1\n")
    (root / "oracle/src/app.py").write_bytes("name = 'Zoë 🦊'\r\n".encode())
    (root / "oracle/src/more.py").write_text("y = 2\n")
    (root / "oracle/src/it's.txt").write_text("")
    (root / "oracle/bin/-run me").write_text("#!/bin/sh\necho hi\n")
    (root / "oracle/bin/-run me").chmod(0o755)
    (root / "oracle/blob.bin").write_bytes(bytes(range(256)) * 40)
    (root / "oracle/latest").symlink_to("src/app.py")
    (root / "cheats/shortcut/DONE.md").write_text("done\n")
    return Task(
        id=TASK_ID,
        title="A small task",
        prompt="Mend it.",
        language="text",
        origin=Origin.PREVIEW,
        max_turns=6,
        timeout_s=60.0,
        verify=("true",),
        requires=(),
        ground_truth_files=("src/app.py",),
        protected=(),
        expected_refusal=False,
        markers=None,
        ignored=(),
        limits_data=True,
        constraints=(),
        preview_fields=(),
        root=root,
    )


@pytest.fixture
def find(task: Task) -> Callable[[str], Task]:
    """Find the one task by its id, as the catalogue does."""

    def found(id_or_path: str) -> Task:
        if id_or_path != TASK_ID:
            raise UsageError(f"no task {id_or_path!r}", hint="there is demo/small-task")
        return task

    return found


@pytest.fixture
def serving(
    task: Task, find: Callable[[str], Task]
) -> Callable[..., AbstractAsyncContextManager[DemoServer]]:
    """Serve with the options given, and hold that no task, connection or fault is left."""

    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[DemoServer]:
        faults: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
        before = asyncio.all_tasks()
        async with serve(find=find, all_tasks=lambda: (task,), **options) as server:
            yield server
        assert server.connections == 0
        assert asyncio.all_tasks() - {asyncio.current_task()} <= before
        assert faults == []

    return opened


@pytest.fixture
def tools() -> list[dict[str, Any]]:
    """Declare the embedded agent's five tools, as the wire has them."""
    parameters = {
        "read_file": ("path",),
        "write_file": ("path", "content"),
        "edit_file": ("path", "old_text", "new_text"),
        "list_files": ("path",),
        "run_command": ("command",),
    }
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": name,
                "parameters": {
                    "type": "object",
                    "properties": {field: {"type": "string"} for field in fields},
                    "required": list(fields),
                },
            },
        }
        for name, fields in parameters.items()
    ]
