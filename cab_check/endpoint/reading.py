"""A reply read from provider JSON, whole or delta by delta, without an exception on any value."""

from __future__ import annotations

from dataclasses import dataclass

from cab_check.endpoint.calls import CallAssembly
from cab_check.endpoint.jsonvalue import dump, member, mend, mend_text, string, whole_number
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.message import Reasoning, Reply, Usage

_REASONING = (
    "reasoning_content",
    "reasoning",
    "reasoning_text",
    "reasoning_details",
    "thinking",
    "thinking_blocks",
)
CALL_REASONS = frozenset({"tool_calls", "function_call"})
CUT_REASONS = frozenset({"length", "content_filter", "max_tokens"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A reply, and what was odd about how it was said: each oddity once for a reply."""

    reply: Reply
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True)
class BadBody:
    """A 200 without an answer in it. `json` tells a wrong shape from what is no JSON at all."""

    what: str
    json: bool


class Draft:
    """A reply under way. `begun` turns true with the first text, reasoning or call."""

    def __init__(self) -> None:
        self.oddities: set[Oddity] = set()
        self.calls = CallAssembly(self.oddities)
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        self.model: str | None = None
        self._raw_usage: object = None
        self._texts: list[str] = []
        self._refusals: list[str] = []
        self._reasoning: dict[str, list[object]] = {}

    @property
    def begun(self) -> bool:
        """Whether anything of the answer itself has come."""
        return bool(self._texts or self._refusals or self._reasoning or len(self.calls))

    def begun_anew(self) -> Draft:
        """Return a draft that knows all of this one's but what the answer said."""
        other = Draft()
        other.oddities |= self.oddities
        other.model, other.usage, other._raw_usage = self.model, self.usage, self._raw_usage
        return other

    def said(self) -> tuple[str, ...]:
        """Return everything that the model has said so far, each thread of it joined."""
        reasoning = (_joined(parts) for parts in self._reasoning.values())
        return (
            "".join(self._texts),
            "".join(self._refusals),
            *(value if isinstance(value, str) else dump(value) for value in reasoning),
            *self.calls.texts(),
        )

    def add_envelope(self, value: object) -> None:
        """Take the model and the usage from a body or a chunk; null and zeros are no news."""
        self.model = string(member(value, "model")) or self.model
        raw = member(value, "usage")
        usage = read_usage(raw)
        if usage is not None and (self.usage is None or usage.prompt_tokens):
            self.usage, self._raw_usage = usage, raw

    def add_choice(self, choice: object, *, streamed: bool) -> None:
        """Take one choice: its message or delta, under either name, and its finish_reason."""
        names = ("delta", "message") if streamed else ("message", "delta")
        payload = next(
            (found for name in names if isinstance(found := member(choice, name), dict)), None
        )
        if payload is None:
            self._add_text(member(choice, "text"))
        else:
            self._add_payload(payload, streamed=streamed)
        reason = string(member(choice, "finish_reason"))
        if reason and self.finish_reason not in (None, reason):
            self.oddities.add(Oddity.FINISH_CHANGED)
        self.finish_reason = reason or self.finish_reason

    def finish(self, taken: frozenset[str]) -> Reading:
        """Return the reply; `taken` are the call ids that the conversation uses already."""
        calls = self.calls.finish(taken)
        text = self._mended("".join(self._texts)) or self._mended("".join(self._refusals))
        self._judge_finish(called=bool(calls))
        self._judge_usage(self._raw_usage)
        reply = Reply(
            text=text or None,
            reasoning=tuple(
                Reasoning(name, mend(_joined(parts))) for name, parts in self._reasoning.items()
            ),
            tool_calls=calls,
            finish_reason=None if self.finish_reason is None else self._mended(self.finish_reason),
            usage=self.usage,
            model=None if self.model is None else self._mended(self.model),
        )
        return Reading(reply, tuple(sorted(self.oddities)))

    def _judge_finish(self, *, called: bool) -> None:
        """Enter a label that does not fit: the loop goes by the calls (row 21)."""
        reason = self.finish_reason
        if reason is None:
            self.oddities.add(Oddity.FINISH_MISSING)
        elif called:
            fits = reason in CALL_REASONS or reason in CUT_REASONS
            if not fits:
                self.oddities.add(Oddity.FINISH_MISMATCH)
        elif reason in CALL_REASONS:
            self.oddities.add(Oddity.FINISH_MISMATCH)

    def _mended(self, text: str) -> str:
        whole, replaced = mend_text(text)
        if replaced:
            self.oddities.add(Oddity.INVALID_UTF8)
        return whole

    def _add_payload(self, payload: dict[object, object], *, streamed: bool) -> None:
        self._add_text(payload.get("content"))
        refusal = string(payload.get("refusal"))
        if refusal:
            self._refusals.append(refusal)
        for name in _REASONING:
            if name in payload:
                self._add_reasoning(name, payload[name])
        add = self.calls.add_fragment if streamed else self.calls.add_whole
        entries = payload.get("tool_calls")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                add(entry)
        legacy = payload.get("function_call")
        if isinstance(legacy, dict) and not entries:
            self._add_legacy(legacy, streamed=streamed)

    def _add_legacy(self, call: dict[object, object], *, streamed: bool) -> None:
        """Take the one call that the old protocol knew; it has neither id nor index."""
        if streamed:
            if not len(self.calls):
                self.oddities.add(Oddity.LEGACY_CALL)
            self.calls.add_fragment({"index": 0, "function": call})
        else:
            self.oddities.add(Oddity.LEGACY_CALL)
            self.calls.add_whole({"function": call})

    def _add_text(self, content: object) -> None:
        if isinstance(content, list):
            self.oddities.add(Oddity.CONTENT_PARTS)
            for part in content:
                self._add_part(part)
        elif isinstance(content, dict):
            self.oddities.add(Oddity.CONTENT_NOT_TEXT)
            self._add_part(content)
        elif isinstance(content, str):
            if content:
                self._texts.append(content)
        elif content is not None:
            self.oddities.add(Oddity.CONTENT_NOT_TEXT)

    def _add_part(self, part: object) -> None:
        """Take one part of a content list: its text, or what it holds of reasoning."""
        if isinstance(part, str):
            self._texts.append(part)
            return
        for name in _REASONING:
            self._add_reasoning(name, member(part, name))
        text = string(member(part, "text"))
        if text:
            self._texts.append(text)

    def _add_reasoning(self, name: str, value: object) -> None:
        if value:
            self._reasoning.setdefault(name, []).append(value)

    def _judge_usage(self, raw: object) -> None:
        """Enter what is odd about the usage that counts (row 16)."""
        usage = read_usage(raw)
        if usage is None:
            return
        if whole_number(member(raw, "prompt_tokens")) is None:
            self.oddities.add(Oddity.USAGE_RENAMED)
        if usage.total_tokens < usage.prompt_tokens + usage.completion_tokens:
            self.oddities.add(Oddity.USAGE_TOTAL_LOW)


def read_usage(value: object) -> Usage | None:
    """Read a usage object; anything without both counts is unknown, which is never 0 (row 15)."""
    if not isinstance(value, dict):
        return None
    prompt = whole_number(member(value, "prompt_tokens"))
    completion = whole_number(member(value, "completion_tokens"))
    if prompt is None and completion is None:
        prompt = whole_number(member(value, "input_tokens"))
        completion = whole_number(member(value, "output_tokens"))
    if prompt is None or completion is None:
        return None
    total = whole_number(member(value, "total_tokens"))
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion if total is None else total,
        cached_tokens=whole_number(member(member(value, "prompt_tokens_details"), "cached_tokens")),
        reasoning_tokens=whole_number(
            member(member(value, "completion_tokens_details"), "reasoning_tokens")
        ),
        cost=_cost(member(value, "cost")),
    )


def _cost(value: object) -> float | None:
    """Read what a provider says a call cost, as OpenRouter does in `usage.cost`."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 <= value < float("inf") else None  # type: ignore[arg-type, operator]


def _joined(parts: list[object]) -> object:
    """Join what came in pieces: texts and lists grow, of anything else the last one counts."""
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) == len(parts):
        return "".join(texts)
    lists = [part for part in parts if isinstance(part, list)]
    if len(lists) == len(parts):
        return [inner for part in lists for inner in part]
    return parts[-1]
