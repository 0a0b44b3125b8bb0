"""Toolbox: which declared tool writes, reads, lists or runs, and calls to it.

Told by the names of a tool and of its parameters, so that the actors work with the tools of any
coding agent. A required parameter that has no part in this is filled in from its schema.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.demo.reply import Call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cab_check.demo.chat import DeclaredTool

_PATH = {"path", "filepath", "file", "filename", "absolutepath", "targetfile", "dir", "directory"}
_CONTENT = {"content", "contents", "text", "filetext", "filecontent", "body"}
_COMMAND = {"command", "cmd", "script"}
_WRITES = {"write", "create", "save", "put"}
_READS = {"read", "view", "open", "cat"}
_LISTS = {"list", "ls", "dir", "tree"}
_EDITS = {"old", "oldtext", "oldstring", "oldstr", "search", "diff", "patch"}
_FILLERS: dict[object, object] = {
    "string": "as the task needs it",
    "integer": 1,
    "number": 1,
    "boolean": False,
    "array": [],
    "object": {},
}
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The declared tools by what they are for. Every method is None where no tool can do it."""

    tools: Sequence[DeclaredTool]

    def write(self, path: str, content: str) -> Call | None:
        """Call the tool that writes a whole file."""
        writers = [t for t in self.tools if _has(t, _CONTENT) and not _has(t, _EDITS)]
        named = [t for t in writers if _words(t) & _WRITES]
        return _first_call(named or writers, ((_PATH, path), (_CONTENT, content)))

    def read(self, path: str) -> Call | None:
        """Call the tool that reads a file."""
        readers = [t for t in self.tools if _words(t) & _READS and not _has(t, _CONTENT)]
        return _first_call(readers, ((_PATH, path),))

    def list_files(self) -> Call | None:
        """Call the tool that lists the workspace."""
        listers = [t for t in self.tools if _words(t) & _LISTS]
        with_path = _first_call(listers, ((_PATH, "."),))
        return with_path or _first_call(listers, ())

    def run(self, command: str) -> Call | None:
        """Call the tool that runs a shell command."""
        runners = [t for t in self.tools if not _has(t, _PATH | _CONTENT)]
        return _first_call(runners, ((_COMMAND, command),))


def _first_call(
    tools: Sequence[DeclaredTool], wanted: Sequence[tuple[set[str], str]]
) -> Call | None:
    """Call the first tool that has a parameter for everything that is wanted of it."""
    for tool in tools:
        names = [_parameter(tool, aliases) for aliases, _ in wanted]
        if None in names:
            continue
        given = {
            name: _as_declared(tool, name, value)
            for name, (_, value) in zip(names, wanted, strict=True)
            if name is not None
        }
        return Call(tool.name, json.dumps({**given, **_filled(tool, given)}, ensure_ascii=False))
    return None


def _parameter(tool: DeclaredTool, aliases: set[str]) -> str | None:
    """Return the parameter that goes by one of these names; a closed list of words is none."""
    for name, schema in _properties(tool):
        if _plain(name) in aliases and "enum" not in schema:
            return name
    return None


def _as_declared(tool: DeclaredTool, name: str, value: str) -> object:
    """Return the value in the declared type: a command may be wanted as an argument list."""
    schema = dict(_properties(tool))[name]
    return ["sh", "-c", value] if schema.get("type") == "array" else value


def _filled(tool: DeclaredTool, given: Mapping[str, object]) -> dict[str, object]:
    schemas = dict(_properties(tool))
    needed = tool.parameters.get("required")
    names = needed if isinstance(needed, list) else []
    return {name: _filler(schemas.get(name, {})) for name in names if name not in given}


def _filler(schema: Mapping[str, object]) -> object:
    if "default" in schema:
        return schema["default"]
    choices = schema.get("enum")
    if isinstance(choices, list) and choices:
        return choices[0]
    kind = schema.get("type")
    return _FILLERS.get(kind) if isinstance(kind, str) else None


def _properties(tool: DeclaredTool) -> Iterator[tuple[str, Mapping[str, object]]]:
    properties = tool.parameters.get("properties")
    if isinstance(properties, dict):
        for name, schema in properties.items():
            yield name, schema if isinstance(schema, dict) else {}


def _has(tool: DeclaredTool, aliases: set[str]) -> bool:
    return any(_plain(name) in aliases for name, _ in _properties(tool))


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _words(tool: DeclaredTool) -> set[str]:
    return {word.lower() for word in _WORDS.findall(tool.name)}
