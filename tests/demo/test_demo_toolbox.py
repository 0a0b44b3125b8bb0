"""The tools are told by their schemas, whatever coding agent declared them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.demo.chat import DeclaredTool
from cab_check.demo.toolbox import Toolbox

if TYPE_CHECKING:
    from cab_check.demo.reply import Call

TEXT = {"type": "string"}


def tool(name: str, *needed: str, **more: Any) -> DeclaredTool:
    """Declare a tool with required text parameters, and others as they are given."""
    properties = {**dict.fromkeys(needed, TEXT), **more}
    required = [*needed, *(field for field, schema in more.items() if "default" not in schema)]
    return DeclaredTool(name, {"type": "object", "properties": properties, "required": required})


OURS = (
    tool("read_file", "path", offset={"type": "integer", "default": 0}),
    tool("write_file", "path", "content"),
    tool("edit_file", "path", "old_text", "new_text"),
    tool("list_files", "path"),
    tool("run_command", "command"),
)
CAMEL = (
    tool("editFile", "filePath", "oldString", "newString"),
    tool("bash", "command", "description", timeout={"type": "number", "default": 5}),
    tool("readFile", "filePath"),
    tool("createFile", "filePath", "contents", overwrite={"type": "boolean"}),
    tool("ls"),
)
ARGUMENT_LIST = (tool("shell", command={"type": "array", "items": TEXT}),)
ONE_FOR_ALL = (
    tool("editor", "path", command={"type": "string", "enum": ["view", "create"]}, file_text=TEXT),
)


def given(call: Call | None) -> tuple[str, Any] | None:
    """Return a call's name and arguments."""
    return None if call is None else (call.name, json.loads(call.arguments))


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        pytest.param(
            OURS,
            {
                "write": ("write_file", {"path": "a", "content": "ü"}),
                "read": ("read_file", {"path": "a"}),
                "list": ("list_files", {"path": "."}),
                "run": ("run_command", {"command": "ls"}),
            },
            id="ours",
        ),
        pytest.param(
            CAMEL,
            {
                "write": ("createFile", {"filePath": "a", "contents": "ü", "overwrite": False}),
                "read": ("readFile", {"filePath": "a"}),
                "list": ("ls", {}),
                "run": ("bash", {"command": "ls", "description": "as the task needs it"}),
            },
            id="camel case and more that is required",
        ),
        pytest.param(
            ARGUMENT_LIST,
            {
                "write": None,
                "read": None,
                "list": None,
                "run": ("shell", {"command": ["sh", "-c", "ls"]}),
            },
            id="a command as a list",
        ),
        pytest.param(
            ONE_FOR_ALL,
            {
                "write": ("editor", {"path": "a", "file_text": "ü", "command": "view"}),
                "read": None,
                "list": None,
                "run": None,
            },
            id="a closed list is no shell",
        ),
        pytest.param(
            OURS[2:4],
            {"write": None, "read": None, "list": ("list_files", {"path": "."}), "run": None},
            id="an edit is no write",
        ),
        pytest.param((), dict.fromkeys(("write", "read", "list", "run")), id="none"),
    ],
)
def test_which_tool_does_what(
    tools: tuple[DeclaredTool, ...], expected: dict[str, tuple[str, Any] | None]
) -> None:
    """Each purpose finds its tool and its parameters, or none."""
    box = Toolbox(tools)
    assert {
        "write": given(box.write("a", "ü")),
        "read": given(box.read("a")),
        "list": given(box.list_files()),
        "run": given(box.run("ls")),
    } == expected


@pytest.mark.parametrize(
    ("schema", "filled"),
    [
        ({"type": "integer"}, 1),
        ({"type": "array"}, []),
        ({"type": "object"}, {}),
        ({"type": "string", "enum": ["fast", "slow"]}, "fast"),
        ({"type": ["string", "null"]}, None),
        ({"type": "string", "enum": []}, "as the task needs it"),
        ("no schema at all", None),
    ],
)
def test_what_else_is_required_is_filled_in(schema: Any, filled: object) -> None:
    """A required parameter of no known purpose gets a value that its schema allows."""
    properties = {"command": TEXT, "other": schema}
    parameters = {"properties": properties, "required": ["command", "other"]}
    call = Toolbox([DeclaredTool("bash", parameters)]).run("ls")
    assert given(call) == ("bash", {"command": "ls", "other": filled})


def test_a_required_default_is_used() -> None:
    """A default is what its author wants."""
    parameters = {
        "properties": {"command": TEXT, "wait": {"type": "integer", "default": 9}},
        "required": ["wait", "unheard-of"],
    }
    call = Toolbox([DeclaredTool("bash", parameters)]).run("ls")
    assert given(call) == ("bash", {"command": "ls", "wait": 9, "unheard-of": None})


def test_a_tool_without_a_schema_is_of_no_use() -> None:
    """No properties, no call; nothing breaks."""
    box = Toolbox([DeclaredTool("bash", {}), DeclaredTool("read", {"properties": None})])
    assert (box.run("ls"), box.read("a"), box.write("a", "b")) == (None, None, None)
