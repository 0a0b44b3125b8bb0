"""Streams that fall silent, are kept alive, break off or do not end (rows 17-19)."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import choice_of
from cab_check.demo.quirks.quirk import Quirk
from cab_check.demo.response import Cut, Wait
from cab_check.demo.wire import DONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.demo.quirks.quirk import Asked, Json
    from cab_check.demo.response import Piece, Response

_CUT_AFTER = 4
_PAUSE_S = 0.05
_COMMENTS = 8


def _slow_with_comments(found: Iterator[Piece]) -> Iterator[Piece]:
    """Be silent after the first event, but for comments that keep the line alive."""
    for at, piece in enumerate(found):
        yield piece
        if at == 0:
            for _ in range(_COMMENTS):
                yield Wait(_PAUSE_S)
                yield b": OPENROUTER PROCESSING\n\n"


def _comments_for_ever(found: Iterator[Piece]) -> Iterator[Piece]:
    """Send one event, and then nothing but comments."""
    yield from islice(found, 1)
    while True:
        yield Wait(_PAUSE_S)
        yield b": ping\n\n"


def _stalled(events: int) -> Callable[[Iterator[Piece]], Iterator[Piece]]:
    """Send so many events, and then nothing, with the connection open."""

    def pieces(found: Iterator[Piece]) -> Iterator[Piece]:
        yield from islice(found, events)
        yield Wait(math.inf)

    return pieces


def _before_each(data: bytes) -> Callable[[Iterator[Piece]], Iterator[Piece]]:
    """Send something before every event."""

    def pieces(found: Iterator[Piece]) -> Iterator[Piece]:
        for piece in found:
            yield data
            yield piece

    return pieces


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


_PING = b'event: ping\ndata: {"type": "ping"}\n\n'
_AS_DATA = b"data: : OPENROUTER PROCESSING\n\n"

QUIRKS = (
    Quirk(
        name="sse-comments",
        row=17,
        summary="Comments keep a slow stream alive.",
        pieces=_slow_with_comments,
        turns=1,
    ),
    Quirk(
        name="sse-comments-for-ever",
        row=17,
        summary="After the first event of a stream nothing but comments comes.",
        pieces=_comments_for_ever,
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
        name="stall-mid-stream",
        row=19,
        summary="Every stream falls silent after a few events, and the connection stays open.",
        pieces=_stalled(_CUT_AFTER),
    ),
)
