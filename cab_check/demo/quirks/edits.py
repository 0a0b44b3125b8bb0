"""Edits: from a change of one call, delta or choice to a change of a whole answer.

Every edit works in place on JSON that was made for this one answer.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from cab_check.demo.apierror import error_body
from cab_check.demo.response import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cab_check.demo.quirks.quirk import Json

    Edit = Callable[[Json], None]
    Events = Callable[[Iterator[Json]], Iterator[Json]]
    Whole = Callable[[Json], Json]


def refused(status: int, message: str, *, code: str | int | None = None, **more: Any) -> Response:
    """Return an error as OpenAI words it; `more` are fields of Response."""
    kind = "invalid_request_error" if status < 500 else "server_error"  # noqa: PLR2004 - HTTP
    return Response.whole(status, error_body(message, kind=kind, param=None, code=code), **more)


def choice_of(chunk: Json) -> Json:
    """Return the one choice of a body or a chunk; an empty one where there is none."""
    found: Json = chunk["choices"][0] if chunk.get("choices") else {}
    return found


def fragments_of(chunk: Json) -> list[Json]:
    """Return the tool calls, or their fragments, in a body or a chunk."""
    choice = choice_of(chunk)
    said = choice.get("delta") or choice.get("message") or {}
    calls: list[Json] = said.get("tool_calls") or []
    return calls


def each(edit: Edit) -> Events:
    """Edit every chunk."""

    def events(chunks: Iterator[Json]) -> Iterator[Json]:
        for chunk in chunks:
            edit(chunk)
            yield chunk

    return events


def once(edit: Edit) -> Whole:
    """Edit the one body of an unstreamed answer."""

    def whole(body: Json) -> Json:
        edit(body)
        return body

    return whole


def in_calls(edit: Edit) -> Edit:
    """Edit every tool call of a body, or every fragment of one in a chunk."""

    def changed(chunk: Json) -> None:
        for call in fragments_of(chunk):
            edit(call)

    return changed


def gathered(chunks: Iterable[Json]) -> Iterator[Json]:
    """Send each call in one chunk, as many servers do, in place of fragments."""
    held: Json | None = None
    for chunk in chunks:
        entries = fragments_of(chunk)
        if held is not None and entries and "id" not in entries[0]:
            more = entries[0]["function"]["arguments"]
            fragments_of(held)[0]["function"]["arguments"] += more
            continue
        if held is not None:
            yield held
        held = chunk if entries else None
        if held is None:
            yield chunk


def after_gathering(events: Events) -> Events:
    """Change chunks that hold a whole call each."""
    return lambda chunks: events(gathered(chunks))


def copied(chunk: Json, delta: Json) -> Json:
    """Return a chunk like this one with another delta."""
    twin = deepcopy(chunk)
    choice_of(twin)["delta"] = delta
    return twin
