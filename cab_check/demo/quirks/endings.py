"""Finish reasons that do not fit, and turns in which nothing is (rows 21-23, 26, 53, 55)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import choice_of, each, once
from cab_check.demo.quirks.quirk import Quirk

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Json
    from cab_check.demo.reply import Reply

    Play = Callable[[Reply, ChatRequest], Reply]

_THOUGHT = "The user wants this done. I shall look at the files first."


def _calls_end_with(reason: str) -> Play:
    def play(reply: Reply, _: ChatRequest) -> Reply:
        return replace(reply, finish_reason=reason) if reply.calls else reply

    return play


def _never_said(chunk: Json) -> None:
    choice = choice_of(chunk)
    if choice.get("finish_reason") == "tool_calls":
        choice["finish_reason"] = None


def _announced(reply: Reply, _: ChatRequest) -> Reply:
    return replace(reply, calls=(), text=None, finish_reason="tool_calls")


def _cut(reply: Reply, _: ChatRequest) -> Reply:
    """Cut a turn at the token limit, in the midst of its first call."""
    first = reply.calls[:1]
    half = tuple(replace(c, arguments=c.arguments[: len(c.arguments) // 2]) for c in first)
    return replace(reply, text=None, calls=half, finish_reason="length")


def _filtered(reply: Reply, _: ChatRequest) -> Reply:
    return replace(reply, text=None, calls=(), finish_reason="content_filter")


def _reasoning_only(reply: Reply, _: ChatRequest) -> Reply:
    return replace(reply, text=None, calls=(), reasoning=_THOUGHT, finish_reason="stop")


def _thoughtful(reply: Reply, _: ChatRequest) -> Reply:
    return replace(reply, reasoning=_THOUGHT)


def _under_reasoning(chunk: Json) -> None:
    choice = choice_of(chunk)
    said = choice.get("delta") or choice.get("message") or {}
    if "reasoning_content" in said:
        said["reasoning"] = said.pop("reasoning_content")


QUIRKS = (
    Quirk(
        name="finish-stop",
        row=21,
        summary="A turn with calls ends with the finish_reason stop.",
        play=_calls_end_with("stop"),
    ),
    Quirk(
        name="finish-end-turn",
        row=21,
        summary="A turn with calls ends with another protocol's finish_reason, end_turn.",
        play=_calls_end_with("end_turn"),
    ),
    Quirk(
        name="finish-null",
        row=21,
        summary="A turn with calls ends without any finish_reason.",
        whole=once(_never_said),
        events=each(_never_said),
    ),
    Quirk(
        name="calls-announced",
        row=22,
        summary="Every turn ends with finish_reason tool_calls, and has no call.",
        play=_announced,
    ),
    Quirk(
        name="calls-announced-once",
        row=22,
        summary="The first turn ends with finish_reason tool_calls, and has no call.",
        play=_announced,
        turns=1,
        loses=True,
    ),
    Quirk(
        name="finish-length",
        row=23,
        summary="The first turn is cut in the midst of a call, with finish_reason length.",
        play=_cut,
        turns=1,
        loses=True,
    ),
    Quirk(
        name="finish-filter",
        row=23,
        summary="Every turn is stopped by a content filter.",
        play=_filtered,
    ),
    Quirk(
        name="finish-error",
        row=23,
        summary="Every turn ends with the finish_reason error, and with nothing else.",
        play=lambda reply, _: replace(reply, text=None, calls=(), finish_reason="error"),
    ),
    Quirk(
        name="reasoning-only",
        row=26,
        summary="Every turn has reasoning, and neither text nor call.",
        play=_reasoning_only,
    ),
    Quirk(
        name="reasoning-only-once",
        row=26,
        summary="The first turn has reasoning, and neither text nor call.",
        play=_reasoning_only,
        turns=1,
        loses=True,
    ),
    Quirk(
        name="finish-stop-empty",
        row=53,
        summary='A turn with calls ends with stop, and has "" for its content.',
        play=lambda reply, _: replace(reply, text=reply.text or "", finish_reason="stop"),
    ),
    Quirk(
        name="reasoning-field",
        row=55,
        summary="Reasoning comes under the name reasoning, and is taken back under no other.",
        play=_thoughtful,
        whole=once(_under_reasoning),
        events=each(_under_reasoning),
    ),
)
