"""Where the time of one streamed answer goes, from the name's look-up to its last byte."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from cab_check.endpoint.jsonvalue import member, parse_json
from cab_check.endpoint.sse import EventParser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.doctor.network import Stages

_REASONING = ("reasoning", "thinking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """Moments of one streamed answer, in milliseconds from the request's first byte.

    DNS, TCP and TLS lie before it and were measured by themselves. None means that it did not
    come. `silence_ms` is the longest wait between two chunks, `silence_from_ms` when it began; what
    lies before the first event is no silence but waiting.
    """

    stages: Stages
    headers_ms: float | None = None
    first_event_ms: float | None = None
    first_reasoning_ms: float | None = None
    first_content_ms: float | None = None
    silence_ms: float | None = None
    silence_from_ms: float | None = None
    end_ms: float
    events: int = 0
    completion_tokens: int | None = None

    @property
    def first_token_ms(self) -> float | None:
        """When the first text, reasoning or call came."""
        known = [at for at in (self.first_reasoning_ms, self.first_content_ms) if at is not None]
        return min(known, default=None)

    @property
    def tokens_per_s(self) -> float | None:
        """How fast tokens came once they did, None where that cannot be told."""
        first = self.first_token_ms
        if first is None or self.completion_tokens is None or self.end_ms <= first:
            return None
        return self.completion_tokens * 1000 / (self.end_ms - first)


@dataclass(slots=True)
class Listener:
    """Notes when the head and each chunk of an answer came; hand it to an exchange as `heard`.

    Of several exchanges the last one counts.
    """

    begun: float = 0.0
    headers_ms: float | None = None
    chunks: list[tuple[float, bytes]] = field(default_factory=list)

    def __call__(self, chunk: bytes | None) -> None:
        """Note the moment: None begins an exchange, an empty chunk is its head."""
        now = asyncio.get_running_loop().time()
        now_ms = (now - self.begun) * 1000
        if chunk is None:
            self.begun = now
            self.headers_ms = None
            self.chunks.clear()
        elif chunk:
            self.chunks.append((now_ms, chunk))
        else:
            self.headers_ms = now_ms

    def anatomy(self, stages: Stages, completion_tokens: int | None) -> Anatomy:
        """Take the answer apart."""
        times = [at for at, _ in self.chunks]
        events = _events(self.chunks)
        kinds = [(at, _kind(data)) for at, data in events]
        silence = _longest_silence(times)
        return Anatomy(
            stages=stages,
            headers_ms=self.headers_ms,
            first_event_ms=events[0][0] if events else None,
            first_reasoning_ms=next((at for at, kind in kinds if kind == "reasoning"), None),
            first_content_ms=next((at for at, kind in kinds if kind == "content"), None),
            silence_ms=None if silence is None else silence[1],
            silence_from_ms=None if silence is None else silence[0],
            end_ms=times[-1] if times else self.headers_ms or 0.0,
            events=len(events),
            completion_tokens=completion_tokens,
        )


def _events(chunks: Sequence[tuple[float, bytes]]) -> list[tuple[float, str]]:
    parser = EventParser()
    events = [(at, data) for at, chunk in chunks for data in parser.feed(chunk)]
    last = chunks[-1][0] if chunks else 0.0
    return events + [(last, data) for data in parser.close()]


def _kind(data: str) -> str | None:
    """Say what the first choice's delta of an event brings: reasoning, content, or neither."""
    try:
        choices = member(parse_json(data), "choices")
    except ValueError:
        return None
    delta = member(choices[0] if isinstance(choices, list) and choices else None, "delta")
    if not isinstance(delta, dict):
        return None
    if delta.get("content") or delta.get("tool_calls"):
        return "content"
    filled = [str(name) for name, value in delta.items() if value]
    return "reasoning" if any(name.startswith(_REASONING) for name in filled) else None


def _longest_silence(times: Sequence[float]) -> tuple[float, float] | None:
    """Return when the longest wait between two chunks began, and how long it was."""
    gaps = [(later - earlier, earlier) for earlier, later in pairwise(times)]
    return None if not gaps else (max(gaps)[1], max(gaps)[0])
