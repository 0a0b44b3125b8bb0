"""Tool calls that leaked into the text: which dialect, and which calls (ENDPOINTS §5 row 32).

Prose that mentions JSON or tags, and examples in fences or backticks, are no leaks.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cab_check.endpoint.message import ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cab_check.endpoint.message import ToolSpec

# whichever comes first wins: a fence inside a call is part of it, a call inside a fence is quoted
_QUOTED_OR_CALL = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?<!`)(?P<tick>`{1,3})(?!`)[^\n]*?(?<!`)(?P=tick)(?!`)"
    r"|(?P<call><tool_call>.*?(?:</tool_call>|\Z)"
    r"|<function=.*?(?:</function>|\Z)|<invoke\s.*?(?:</invoke>|\Z))",
    re.DOTALL | re.MULTILINE,
)
_WHOLE_FENCE = re.compile(r"\s*```[a-z]*[ \t]*\n(.*?)\n?```\s*", re.DOTALL)
_HERMES = re.compile(r"<tool_call>\s*(?=[{\[])")
_XML = re.compile(
    r"<function=([\w.-]+)>\s*(?=<parameter|\{|</function>|\Z)"
    r"|<invoke\s+name=\"([\w.-]+)\"\s*>\s*(?=<parameter|\{|</invoke>|\Z)"
    r"|<tool_call>\s*([\w.-]+)\s*(?=<arg_key>|</tool_call>)"
)
_XML_END = re.compile(r"</function>|</invoke>|</tool_call>")
_XML_VALUES = (
    (
        re.compile(r"<parameter(?:=|\s+name=\")([\w.-]+)\"?[^>\n]*>(.*?)</parameter>", re.DOTALL),
        "</parameter>",
    ),
    (
        re.compile(r"<arg_key>([\w.-]+)</arg_key>\s*<arg_value>(.*?)</arg_value>", re.DOTALL),
        "</arg_value>",
    ),
)
_HARMONY = re.compile(
    r"(?:<\|(?:start|channel)\|>|\b(?:assistant)?(?:commentary|analysis)\b)[^\n{]{0,60}?"
    r"\bto=(?:functions\.)?([\w.-]+)[^\n{]*\s*"
)
_TOKENS = re.compile(
    r"(?:\[TOOL_CALLS\]|<\|python_tag\|>|<\|tool_calls?_|<[|\uff5c]tool\u2581calls?\u2581)\s*"
)
_LINE_OBJECT = re.compile(r"^[ \t]*(?=[{\[][\s{\[]{0,20}\")", re.MULTILINE)
_BETWEEN_CALLS = re.compile(r"[\s,;]*")
_DECODER = json.JSONDecoder()


class Dialect(StrEnum):
    """The forms in which calls leak, named as a person should read them."""

    HERMES = "Hermes"
    XML = "XML"
    HARMONY = "harmony"
    BARE_JSON = "bare JSON"
    TOKENS = "special tokens"


@dataclass(frozen=True, slots=True)
class Leak:
    """Calls found in a text. `calls` is empty when the dialect is plain but no call can be read."""

    dialect: Dialect
    calls: tuple[ToolCall, ...]


_Found = tuple[str, str]  # a tool's name, its arguments as they stand


def find_leak(text: str, specs: Mapping[str, ToolSpec]) -> Leak | None:
    """Find tool calls in a reply's visible text; `specs` are the tools that were declared."""
    if not text:
        return None
    own_words = _QUOTED_OR_CALL.sub(lambda match: match["call"] or "", text)
    for dialect, find in _FINDERS:
        found = find(own_words, specs)
        if found is not None:
            return Leak(dialect, _numbered(found))
    # a reply that is one fence and nothing else quotes nothing
    whole = _WHOLE_FENCE.fullmatch(text)
    found = _bare_json(whole[1] if whole else own_words, specs)
    return Leak(Dialect.BARE_JSON, _numbered(found)) if found else None


def _numbered(found: list[_Found]) -> tuple[ToolCall, ...]:
    return tuple(
        ToolCall(f"text-{number}", name, arguments)
        for number, (name, arguments) in enumerate(found, 1)
    )


def _hermes(text: str, _: Mapping[str, ToolSpec]) -> list[_Found] | None:
    starts = [match.end() for match in _HERMES.finditer(text)]
    return [call for start in starts for call in _calls_at(text, start)] if starts else None


def _xml(text: str, specs: Mapping[str, ToolSpec]) -> list[_Found] | None:
    return [_xml_call(text, start, specs) for start in _XML.finditer(text)] or None


def _xml_call(text: str, start: re.Match[str], specs: Mapping[str, ToolSpec]) -> _Found:
    end = _XML_END.search(text, start.end())
    body = text[start.end() : end.start() if end else len(text)].strip()
    name = start[1] or start[2] or start[3]
    if body.startswith("{"):
        return name, body
    values: dict[str, object] = {}
    for pattern, closing in _XML_VALUES:
        # what no tag closes is left out beforehand, or each opening one would search to the end
        closed = body[: body.rfind(closing) + len(closing)] if closing in body else ""
        for match in pattern.finditer(closed):
            values[match[1]] = match[2].removeprefix("\n").removesuffix("\n")
    return name, json.dumps(_with_numbers(values, specs.get(name)))


def _with_numbers(values: dict[str, object], spec: ToolSpec | None) -> dict[str, object]:
    """Read numbers where the schema wants them: this form has texts alone."""
    properties = spec.parameters["properties"] if spec else None
    if isinstance(properties, dict):
        for name, value in values.items():
            wanted = properties.get(name, {}).get("type")
            if wanted == "integer" and re.fullmatch(r"[0-9]{1,9}", str(value)):
                values[name] = int(str(value))
    return values


def _harmony(text: str, _: Mapping[str, ToolSpec]) -> list[_Found] | None:
    matches = list(_HARMONY.finditer(text))
    found = [(match[1], _value_at(text, match.end())) for match in matches]
    return [(name, raw) for name, raw in found if raw is not None] if matches else None


def _tokens(text: str, _: Mapping[str, ToolSpec]) -> list[_Found] | None:
    match = _TOKENS.search(text)
    return list(_calls_at(text, match.end())) if match else None


_FINDERS = (
    (Dialect.HARMONY, _harmony),
    (Dialect.HERMES, _hermes),
    (Dialect.XML, _xml),
    (Dialect.TOKENS, _tokens),
)


def _bare_json(text: str, specs: Mapping[str, ToolSpec]) -> list[_Found]:
    """Read calls of known tools that stand on lines of their own and end the text."""
    reached = 0
    for line in _LINE_OBJECT.finditer(text):
        if line.end() < reached:
            continue  # inside of what was read already
        found, reached = _calls_from(text, line.end())
        if reached == len(text) and found and all(name in specs for name, _ in found):
            return found
    return []


def _calls_from(text: str, start: int) -> tuple[list[_Found], int]:
    """Read calls one after the other; return them and where the last of them ends."""
    found: list[_Found] = []
    while start < len(text):
        raw = _value_at(text, start)
        calls = [] if raw is None else list(_calls_of(json.loads(raw)))
        if raw is None or not calls:
            break
        found.extend(calls)
        between = _BETWEEN_CALLS.match(text, start + len(raw))
        start = between.end() if between else len(text)
    return found, start


def _value_at(text: str, start: int) -> str | None:
    try:
        _, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return text[start:end]


def _calls_at(text: str, start: int) -> Iterator[_Found]:
    raw = _value_at(text, start)
    return iter(()) if raw is None else _calls_of(json.loads(raw))


def _calls_of(value: object) -> Iterator[_Found]:
    """Read calls out of a JSON value in the forms that are met: one object or a list of them."""
    if isinstance(value, list):
        for inner in value:
            yield from _calls_of(inner)
    elif isinstance(value, dict):
        yield from _call_of(value)


def _call_of(value: dict[str, object]) -> Iterator[_Found]:
    function = value.get("function")
    if isinstance(function, dict):
        yield from _calls_of(function)
        return
    name = value.get("name", value.get("tool", function))
    arguments = value.get("arguments", value.get("parameters"))
    if isinstance(name, str) and isinstance(arguments, dict):
        yield name, json.dumps(arguments)
    elif isinstance(name, str) and isinstance(arguments, str):
        yield name, arguments
