"""Usage that is missing, misnamed or does not add up (rows 14, 16, 55)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import choice_of, each, once
from cab_check.demo.quirks.quirk import Quirk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.demo.quirks.quirk import Json


def _without_usage(chunk: Json) -> None:
    chunk.pop("usage", None)


def _no_usage_chunk(chunks: Iterator[Json]) -> Iterator[Json]:
    for chunk in chunks:
        chunk.pop("usage", None)
        if chunk["choices"]:
            yield chunk


def _in_usage(change: Callable[[Json], None]) -> Callable[[Json], None]:
    """Change the usage wherever there is one."""

    def edit(chunk: Json) -> None:
        if chunk.get("usage"):
            change(chunk["usage"])

    return edit


def _low_total(usage: Json) -> None:
    usage["total_tokens"] = usage["completion_tokens"]


def _much_cached(usage: Json) -> None:
    usage["prompt_tokens_details"] = {"cached_tokens": usage["prompt_tokens"] + 512}


def _much_reasoning(usage: Json) -> None:
    reasoned = usage["completion_tokens"] + 512
    usage["completion_tokens_details"] = {"reasoning_tokens": reasoned}


def _renamed(usage: Json) -> None:
    usage["input_tokens"] = usage.pop("prompt_tokens")
    usage["output_tokens"] = usage.pop("completion_tokens")


def _never_grows(usage: Json) -> None:
    """Count the new part of the prompt alone, as caches make servers do."""
    usage["prompt_tokens"] = 100
    usage["total_tokens"] = 100 + usage["completion_tokens"]


def _with_choice(chunks: Iterator[Json]) -> Iterator[Json]:
    """Send usage in a chunk that carries a choice as well."""
    last: Json | None = None
    for chunk in chunks:
        if not chunk["choices"] and last is not None:
            twin = deepcopy(last)
            choice_of(twin)["delta"] = {}
            twin["usage"] = chunk["usage"]
            yield twin
            continue
        last = chunk
        yield chunk


def _streamed_doubled(chunks: Iterator[Json]) -> Iterator[Json]:
    """Say another prompt in streams than in plain answers."""
    for chunk in chunks:
        if chunk.get("usage"):
            chunk["usage"]["prompt_tokens"] *= 2
            chunk["usage"]["total_tokens"] += chunk["usage"]["prompt_tokens"] // 2
        yield chunk


def _quirk(name: str, summary: str, change: Callable[[Json], None]) -> Quirk:
    edit = _in_usage(change)
    return Quirk(name=name, row=16, summary=summary, whole=once(edit), events=each(edit))


def _usage_so_far(chunks: Iterator[Json]) -> Iterator[Json]:
    for at, chunk in enumerate(chunks):
        if not chunk.get("usage"):
            chunk["usage"] = {
                "prompt_tokens": 1,
                "completion_tokens": at,
                "total_tokens": at + 1,
            }
        yield chunk


QUIRKS = (
    Quirk(
        name="usage-missing",
        row=14,
        summary="No answer has usage, streams neither, although they are asked for it.",
        whole=once(_without_usage),
        events=_no_usage_chunk,
    ),
    Quirk(
        name="stream-usage-missing",
        row=14,
        summary="Streams have no usage although they are asked for it; plain answers have it.",
        events=_no_usage_chunk,
    ),
    _quirk("usage-total-low", "total_tokens is less than the sum of its parts.", _low_total),
    _quirk("usage-cached-high", "More tokens are cached than the prompt has.", _much_cached),
    _quirk("usage-reasoning-high", "More tokens are reasoning than there are.", _much_reasoning),
    _quirk("usage-renamed", "Usage has input_tokens and output_tokens.", _renamed),
    _quirk(
        "usage-never-grows", "prompt_tokens stays as it was while the history grows.", _never_grows
    ),
    Quirk(
        name="usage-differs-streamed",
        row=16,
        summary="A stream counts twice the prompt that the plain answer counts.",
        events=_streamed_doubled,
    ),
    Quirk(
        name="usage-with-choice",
        row=55,
        summary="The usage chunk of a stream carries a choice as well.",
        events=_with_choice,
    ),
    Quirk(
        name="usage-in-every-chunk",
        row=55,
        summary="Every chunk carries the usage so far, asked for or not.",
        events=_usage_so_far,
    ),
)
