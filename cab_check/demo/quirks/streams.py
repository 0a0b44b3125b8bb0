"""Streams that are refused or forced, or whose chunks or bytes are odd (10, 14, 15, 20, 34)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import fragments_of, refused
from cab_check.demo.quirks.quirk import Quirk
from cab_check.demo.response import Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Json
    from cab_check.demo.reply import Reply
    from cab_check.demo.response import Piece


def _preamble(choices: list[Json] | None) -> Callable[[Iterator[Json]], Iterator[Json]]:
    """Send a chunk without a choice first, as filters do."""

    def events(chunks: Iterator[Json]) -> Iterator[Json]:
        for at, chunk in enumerate(chunks):
            if at == 0:
                filtered = [{"prompt_index": 0, "content_filter_results": {}}]
                yield {**chunk, "choices": choices, "prompt_filter_results": filtered}
            yield chunk

    return events


def _byte_by_byte(found: Iterator[Piece]) -> Iterator[Piece]:
    """Cut every event in the midst of its characters."""
    for piece in found:
        if not isinstance(piece, bytes) or piece.isascii():
            yield piece
            continue
        for at in range(0, len(piece), 3):
            yield piece[at : at + 3]
            yield Wait(0.0)


def _wordy(reply: Reply, _: ChatRequest) -> Reply:
    return replace(reply, text=reply.text or "Ich sehe nach — 🦊.")


def _invalid_bytes(found: Iterator[Piece]) -> Iterator[Piece]:
    fox = "🦊".encode()
    for piece in found:
        yield piece.replace(fox, fox[:2]) if isinstance(piece, bytes) else piece


def _early_zeros(chunks: Iterator[Json]) -> Iterator[Json]:
    zeros = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    for chunk in chunks:
        if chunk["choices"] and not fragments_of(chunk):
            chunk["usage"] = zeros
        yield chunk


def _usage_of_null(chunks: Iterator[Json]) -> Iterator[Json]:
    return ({**chunk, "usage": None} for chunk in chunks if chunk["choices"])


QUIRKS = (
    Quirk(
        name="choices-empty",
        row=10,
        summary="A stream begins with a filter's chunk whose choices are [].",
        events=_preamble([]),
    ),
    Quirk(
        name="choices-null",
        row=10,
        summary="A stream begins with a filter's chunk whose choices are null.",
        events=_preamble(None),
    ),
    Quirk(
        name="usage-zero-early",
        row=15,
        summary="Chunks before the last have a usage of zeros, which is not known yet.",
        events=_early_zeros,
    ),
    Quirk(
        name="usage-null",
        row=15,
        summary="Every chunk of a stream has usage: null, the last one too.",
        events=_usage_of_null,
    ),
    Quirk(
        name="utf8-split",
        row=20,
        summary="Characters are split over network chunks.",
        play=_wordy,
        pieces=_byte_by_byte,
    ),
    Quirk(
        name="utf8-invalid",
        row=20,
        summary="A stream holds bytes that are no UTF-8.",
        play=_wordy,
        pieces=_invalid_bytes,
    ),
    Quirk(
        name="stream-refused",
        row=14,
        summary="A request for a stream is refused.",
        refuse=lambda asked: (
            refused(400, "Streaming is not supported for this model.")
            if asked.fields.get("stream")
            else None
        ),
    ),
    Quirk(
        name="stream-only",
        row=34,
        summary="A request for a plain answer is refused.",
        refuse=lambda asked: (
            None
            if asked.fields.get("stream")
            else refused(400, "This model only supports stream mode: set stream to true.")
        ),
    ),
    Quirk(
        name="stream-ignored",
        row=14,
        summary="A request for a stream is answered with plain JSON.",
        streams=False,
    ),
    Quirk(
        name="stream-unasked",
        row=14,
        summary="A request for a plain answer is answered with a stream.",
        streams=True,
    ),
)
