"""Streams that are odd between and around their chunks (rows 10, 15, 17-20)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import choice_of, fragments_of
from cab_check.demo.quirks.quirk import Quirk
from cab_check.demo.response import Cut, Wait
from cab_check.demo.wire import DONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Asked, Json
    from cab_check.demo.reply import Reply
    from cab_check.demo.response import Piece, Response

_CUT_AFTER = 4
_PAUSE_S = 0.05


def _preamble(choices: list[Json] | None) -> Callable[[Iterator[Json]], Iterator[Json]]:
    """Send a chunk without a choice first, as filters do."""

    def events(chunks: Iterator[Json]) -> Iterator[Json]:
        for at, chunk in enumerate(chunks):
            if at == 0:
                filtered = [{"prompt_index": 0, "content_filter_results": {}}]
                yield {**chunk, "choices": choices, "prompt_filter_results": filtered}
            yield chunk

    return events


def _before_each(data: bytes) -> Callable[[Iterator[Piece]], Iterator[Piece]]:
    """Send something before every event."""

    def pieces(found: Iterator[Piece]) -> Iterator[Piece]:
        for piece in found:
            yield data
            yield piece

    return pieces


def _slow_with_comments(found: Iterator[Piece]) -> Iterator[Piece]:
    """Keep the line alive with comments for longer than the idle timers of impatient clients."""
    for _ in range(10):
        yield b": OPENROUTER PROCESSING\n\n"
        yield Wait(_PAUSE_S)
    yield from found


def _without_done(found: Iterator[Piece]) -> Iterator[Piece]:
    return (piece for piece in found if piece != DONE)


def _left_open(found: Iterator[Piece]) -> Iterator[Piece]:
    yield from found
    yield Wait(math.inf)


def _cut_in_call(end: Cut) -> Callable[[Iterator[Piece]], Iterator[Piece]]:
    """End the connection after some events, in the midst of the next one."""

    def pieces(found: Iterator[Piece]) -> Iterator[Piece]:
        for at, piece in enumerate(found):
            if at == _CUT_AFTER and isinstance(piece, bytes):
                yield piece[: len(piece) // 2]
                yield Wait(0.0)
                yield end
                return
            yield piece

    return pieces


def _cut_off(end: Cut, *, always: bool) -> Callable[[Response, Asked], Response]:
    """Cut a streamed answer: every one, or the first to each first turn."""

    def answer(response: Response, asked: Asked) -> Response:
        if response.length is not None:
            return response
        if always or (asked.turn == 0 and asked.fails_first()):
            return replace(response, body=_cut_in_call(end)(iter(response.body)))
        return response

    return answer


def _no_finish(chunks: Iterator[Json]) -> Iterator[Json]:
    """End the stream in good order, but in the midst of the answer."""
    for chunk in chunks:
        if choice_of(chunk).get("finish_reason") or not chunk["choices"]:
            return
        yield chunk


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
    return ({**chunk, "usage": None} for chunk in chunks)


_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_AS_DATA = b"data: : OPENROUTER PROCESSING\n\n"

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
        name="sse-comments",
        row=17,
        summary="Comments keep a slow stream alive.",
        pieces=_slow_with_comments,
        turns=1,
    ),
    Quirk(
        name="sse-comments-as-data",
        row=17,
        summary="A gateway wraps a provider's comments as data.",
        pieces=_before_each(_AS_DATA),
    ),
    Quirk(
        name="sse-ping",
        row=17,
        summary="Events of the type ping come between the chunks.",
        pieces=_before_each(_PING),
    ),
    Quirk(
        name="done-missing",
        row=18,
        summary="A stream ends without [DONE].",
        pieces=_without_done,
    ),
    Quirk(
        name="done-left-open",
        row=18,
        summary="After [DONE] the connection is left open and silent.",
        pieces=_left_open,
    ),
    Quirk(
        name="finish-left-open",
        row=18,
        summary="After the finish_reason nothing comes, and the connection is left open.",
        pieces=lambda found: _left_open(_without_done(found)),
    ),
    Quirk(
        name="stream-cut",
        row=19,
        summary="The first stream is cut in the midst of a tool call; the next one is whole.",
        answer=_cut_off(Cut(), always=False),
    ),
    Quirk(
        name="stream-reset",
        row=19,
        summary="The first stream is cut by a reset; the next one is whole.",
        answer=_cut_off(Cut(reset=True), always=False),
    ),
    Quirk(
        name="stream-always-cut",
        row=19,
        summary="Every stream is cut in the midst of a tool call.",
        answer=_cut_off(Cut(), always=True),
    ),
    Quirk(
        name="stream-never-finishes",
        row=19,
        summary="Every stream ends in good order, but without finish_reason and [DONE].",
        events=_no_finish,
        pieces=_without_done,
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
)
