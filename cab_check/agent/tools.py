"""The five tools: how they are declared to a model, and how a call is read into a request.

Schemas are small and plain: no `strict`, no `$ref`, no `additionalProperties` (LOOP: request).
Every limit that a description states comes from the settings in force.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.agent.arguments import Rejected, read_arguments
from cab_check.agent.observation import sendable
from cab_check.agent.requests import (
    EditFile,
    ListFiles,
    ReadFile,
    RunCommand,
    WriteFile,
)
from cab_check.endpoint.message import ToolSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cab_check.agent.arguments import Arguments, Flaw
    from cab_check.agent.requests import (
        Request,
    )
    from cab_check.endpoint.message import ToolCall
    from cab_check.settings import AgentSettings, BoxLimits

RAW_SHOWN = 500  # characters of malformed arguments that a model is shown again
_REQUESTS: Mapping[str, type[Request]] = {
    "read_file": ReadFile,
    "write_file": WriteFile,
    "edit_file": EditFile,
    "list_files": ListFiles,
    "run_command": RunCommand,
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that can be run; `was_empty` says that its arguments were an empty text."""

    call: ToolCall
    request: Request
    was_empty: bool = False


@dataclass(frozen=True, slots=True)
class Unfit:
    """A call that cannot be run: the error's name, and what the model is told.

    `flaw` is set when its arguments are no JSON object; it is then replayed with `{}`.
    """

    call: ToolCall
    error: str
    told: str
    flaw: Flaw | None = None


def tool_specs(settings: AgentSettings, limits: BoxLimits) -> tuple[ToolSpec, ...]:
    """Declare the tools as they are sent, with the limits in force."""
    shown = f"{settings.observation_chars:,} characters"
    file_size = _size(settings.file_bytes)
    path = _text("Path relative to the workspace.")
    return (
        ToolSpec(
            "read_file",
            "Read a text file. Shows whole lines from `offset` on, as many as fit in about "
            f"{shown}; a cut ends with the offset to go on at. Files over {file_size} and binary "
            "files are refused. CRLF line ends are shown as LF.",
            _schema(
                path=path,
                offset=_number("First line to show, counted from 1. Default 1."),
                limit=_number("Most lines to show. Default: as many as fit."),
                required=("path",),
            ),
        ),
        ToolSpec(
            "write_file",
            "Write a whole text file, in place of the old one if there is one. Creates parent "
            f"folders. At most {file_size}.",
            _schema(
                path=path, content=_text("The file's whole text."), required=("path", "content")
            ),
        ),
        ToolSpec(
            "edit_file",
            "Replace one passage of a text file. `old_text` must match exactly, white space "
            "included, and at one place only; otherwise nothing is changed and the number of "
            "matches is told. The byte order mark and CRLF line ends are kept. "
            f"At most {file_size}.",
            _schema(
                path=path,
                old_text=_text("The passage as it stands in the file, with enough around it."),
                new_text=_text("What takes its place; may be empty."),
                required=("path", "old_text", "new_text"),
            ),
        ),
        ToolSpec(
            "list_files",
            "List one folder, sorted by name, with `/` after folders. "
            f"At most {settings.list_limit} entries are shown.",
            _schema(path=_text("Folder relative to the workspace. Default: the workspace itself.")),
        ),
        ToolSpec(
            "run_command",
            "Run a shell command in the workspace and show its exit code and output (stdout and "
            f"stderr together). Each call is a fresh shell; standard input is closed. After "
            f"{settings.command_limit_s:g} s, or {_size(limits.output_bytes)} of output, the "
            "command and all that it started is ended; so is all that runs when together it uses "
            f"over {_size(limits.memory_bytes)} of memory, {_size(limits.disk_bytes)} of disk or "
            f"{limits.processes:,} processes. Output over {shown} is cut in the middle.",
            _schema(command=_text("The command line."), required=("command",)),
        ),
    )


def read_call(call: ToolCall, specs: Mapping[str, ToolSpec]) -> Ready | Unfit:
    """Read one call: the tool's name, then its arguments, then whether these fit its schema."""
    spec = specs.get(call.name)
    if spec is None:
        return _unknown_name(call, specs)
    arguments = read_arguments(call.arguments, empty_is_object="required" not in spec.parameters)
    if isinstance(arguments, Rejected):
        return _rejected(call, arguments)
    complaint = _misfit(arguments, spec)
    if complaint is not None:
        told = f"The call was not run: {complaint}. The parameters of {spec.name} are {_json(spec)}"
        return Unfit(call, "wrong_arguments", sendable(told))
    given = {name: value for name, value in arguments.values.items() if value is not None}
    return Ready(call, _REQUESTS[spec.name](**given), arguments.was_empty)  # type: ignore[arg-type]


def _unknown_name(call: ToolCall, specs: Mapping[str, ToolSpec]) -> Unfit:
    arguments = read_arguments(call.arguments, empty_is_object=True)
    told = (
        f"The call was not run: there is no tool named {call.name[:100]!r}. "
        f"The tools are: {', '.join(specs)}. Call each of them by itself."
    )
    flaw = arguments.flaw if isinstance(arguments, Rejected) else None
    return Unfit(call, "unknown_tool", sendable(told), flaw)


def _rejected(call: ToolCall, rejected: Rejected) -> Unfit:
    """Say that it was not run, where reading failed, what came, and how to ask again."""
    raw = call.arguments
    shown = raw if len(raw) <= RAW_SHOWN else f"{raw[:RAW_SHOWN]}"
    extent = "" if len(raw) <= RAW_SHOWN else f" (the first {RAW_SHOWN} of {len(raw):,} characters)"
    mending = f" To mend it: {rejected.mending}." if rejected.mending else ""
    told = (
        f"The call was not run: its arguments are not a JSON object. Reading them failed: "
        f"{rejected.where}.{mending} Call {call.name} again with one complete JSON object as its "
        f"arguments. What came{extent}:\n{shown}"
    )
    return Unfit(call, str(rejected.flaw), sendable(told), rejected.flaw)


def _misfit(arguments: Arguments, spec: ToolSpec) -> str | None:
    properties, required = _declared(spec)
    for name in arguments.values:
        if name not in properties:
            known = ", ".join(properties)
            return f"{spec.name} has no parameter {name[:100]!r}; its parameters are: {known}"
    for name, kind in properties.items():
        value = arguments.values.get(name)
        if value is None:
            if name in required:
                return f"the parameter {name!r} is missing"
        elif isinstance(value, bool) or not isinstance(value, str if kind == "string" else int):
            return f"the parameter {name!r} must be of type {kind}, not {_kind_of(value)}"
    return None


def _declared(spec: ToolSpec) -> tuple[dict[str, str], tuple[str, ...]]:
    properties = spec.parameters["properties"]
    required = spec.parameters.get("required", ())
    assert isinstance(properties, dict)  # noqa: S101 - our own schemas
    assert isinstance(required, list | tuple)  # noqa: S101 - our own schemas
    return {name: inner["type"] for name, inner in properties.items()}, tuple(required)


def _kind_of(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def _json(spec: ToolSpec) -> str:
    return json.dumps(spec.parameters)


def _schema(*, required: tuple[str, ...] = (), **properties: dict[str, str]) -> dict[str, object]:
    schema: dict[str, object] = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


def _number(description: str) -> dict[str, str]:
    return {"type": "integer", "description": description}


def _size(count: int) -> str:
    for unit, scale in (("MiB", 1024 * 1024), ("KiB", 1024)):
        if count >= scale and count % scale == 0:
            return f"{count // scale} {unit}"
    return f"{count:,} bytes"
