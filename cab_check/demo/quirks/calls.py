"""Streamed calls that are put together otherwise than the protocol says (rows 6-9, 55)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from cab_check.demo.quirks.edits import choice_of, copied, each, fragments_of, gathered, in_calls
from cab_check.demo.quirks.quirk import Quirk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.demo.quirks.quirk import Json


def _without_index(call: Json) -> None:
    del call["index"]


def _with_null_index(call: Json) -> None:
    call["index"] = None


def _with_new_id(call: Json) -> None:
    call["id"] = f"call_{uuid4().hex[:24]}"


def _all_at_once(chunks: Iterator[Json]) -> Iterator[Json]:
    """Send all calls in one chunk, each with the index 0."""
    held: Json | None = None
    for chunk in gathered(chunks):
        entries = fragments_of(chunk)
        for entry in entries:
            entry["index"] = 0
        if held is not None and entries:
            fragments_of(held).extend(entries)
        elif entries:
            held = chunk
        else:
            yield from (held,) if held else ()
            held = None
            yield chunk


def _name_resent(chunks: Iterator[Json]) -> Iterator[Json]:
    names: dict[int, str] = {}
    for chunk in chunks:
        for entry in fragments_of(chunk):
            function = entry["function"]
            function["name"] = names.setdefault(entry["index"], function.get("name"))
        yield chunk


def _id_resent(chunks: Iterator[Json]) -> Iterator[Json]:
    ids: dict[int, str] = {}
    for chunk in chunks:
        for entry in fragments_of(chunk):
            entry["id"] = ids.setdefault(entry["index"], entry.get("id", ""))
            entry["type"] = "function"
        yield chunk


def _name_split(chunks: Iterator[Json]) -> Iterator[Json]:
    for chunk in chunks:
        rest = [_halved(entry) for entry in fragments_of(chunk) if "name" in entry["function"]]
        yield chunk
        for half in rest:
            yield copied(chunk, {"tool_calls": [half]})


def _halved(entry: Json) -> Json:
    """Keep the first half of a name, and return the fragment that holds the second."""
    name = entry["function"]["name"]
    middle = len(name) // 2
    entry["function"]["name"] = name[:middle]
    return {"index": entry["index"], "function": {"name": name[middle:]}}


def _name_last(chunks: Iterator[Json]) -> Iterator[Json]:
    """Hold every name back until all arguments have been sent."""
    held: list[Json] = []
    for chunk in chunks:
        for entry in fragments_of(chunk):
            name = entry["function"].pop("name", None)
            if name is not None:
                held.append({"index": entry["index"], "function": {"name": name}})
        if held and choice_of(chunk).get("finish_reason"):
            late = copied(chunk, {"tool_calls": held})
            choice_of(late)["finish_reason"] = None
            yield late
        yield chunk


QUIRKS = (
    Quirk(
        name="index-missing",
        row=6,
        summary="The fragments of streamed calls have no index.",
        events=each(in_calls(_without_index)),
    ),
    Quirk(
        name="index-null",
        row=6,
        summary="The fragments of streamed calls have null for their index.",
        events=each(in_calls(_with_null_index)),
    ),
    Quirk(
        name="index-repeated",
        row=7,
        summary="All calls of a turn come in one chunk, each with the index 0.",
        events=_all_at_once,
    ),
    Quirk(
        name="id-per-fragment",
        row=7,
        summary="Every fragment of a call has a new id.",
        events=each(in_calls(_with_new_id)),
    ),
    Quirk(
        name="name-resent",
        row=8,
        summary="Every fragment of a call names its tool again.",
        events=_name_resent,
    ),
    Quirk(
        name="id-resent",
        row=8,
        summary="Every fragment of a call has the call's id and type again.",
        events=_id_resent,
    ),
    Quirk(
        name="name-split",
        row=9,
        summary="A tool's name comes in two chunks.",
        events=_name_split,
    ),
    Quirk(
        name="name-last",
        row=9,
        summary="A tool's name comes after all of the call's arguments.",
        events=_name_last,
    ),
    Quirk(
        name="index-missing-whole",
        row=55,
        summary="Each streamed call comes whole in one chunk, without an index.",
        events=lambda chunks: each(in_calls(_without_index))(gathered(chunks)),
    ),
)
