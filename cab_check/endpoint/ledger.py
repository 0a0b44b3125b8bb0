"""The accommodation ledger: what had to be done for an endpoint beyond the plain protocol."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Accommodation:
    """One entry: its name, how often, where first (`turn 3`), and what to mend on the server."""

    name: str
    count: int
    first_at: str
    advice: str


class Oddity(StrEnum):
    """What the client itself enters; the loop adds entries of its own (ENDPOINTS §5)."""

    STREAM_REFUSED = "stream-refused"
    STREAM_IGNORED = "stream-ignored"
    STREAM_UNASKED = "stream-unasked"
    STREAM_LOSES = "stream-loses-answer"
    CHUNK_EMPTY = "stream-chunk-empty"
    STREAM_OPTIONS_REFUSED = "stream-options-refused"
    STREAM_USAGE_MISSING = "stream-usage-missing"
    USAGE_MISSING = "usage-missing"
    USAGE_RENAMED = "usage-renamed"
    USAGE_TOTAL_LOW = "usage-total-below-sum"
    USAGE_TOTAL_HIGH = "usage-total-above-sum"
    USAGE_CACHED_OUTSIDE = "usage-cached-outside-prompt"
    USAGE_REASONING_OUTSIDE = "usage-reasoning-outside-completion"
    USAGE_NOT_GROWING = "usage-not-growing"
    GATEWAY_MESSAGE = "gateway-message-as-answer"
    MODEL_OTHER = "another-model-answered"
    CALLS_UNASKED = "calls-without-tools"
    MAX_TOKENS_RENAMED = "max-tokens-renamed"
    TEMPERATURE_REFUSED = "temperature-refused"
    NULL_CONTENT_REFUSED = "null-content-refused"
    REASONING_REFUSED = "reasoning-echo-refused"
    REASONING_REQUIRED = "reasoning-echo-required"
    SYSTEM_MERGED = "system-role-merged"
    ARGUMENTS_NOT_TEXT = "arguments-as-object"
    CALL_ID_MISSING = "call-id-missing"
    CALL_ID_REPEATED = "call-id-repeated"
    CALL_SHAPE = "call-without-function"
    LEGACY_CALL = "legacy-function-call"
    CONTENT_PARTS = "content-as-parts"
    CONTENT_NOT_TEXT = "content-not-text"
    INDEX_MISSING = "tool-index-missing"
    INDEX_REPEATED = "tool-index-repeated"
    ID_CHANGED = "call-id-changed"
    NAME_RESENT = "tool-name-resent"
    NAME_SPLIT = "tool-name-split"
    NAME_LATE = "tool-name-late"
    DONE_MISSING = "stream-done-missing"
    FINISH_MISSING = "finish-reason-missing"
    FINISH_MISMATCH = "finish-reason-mismatch"
    FINISH_CHANGED = "finish-reason-changed"
    EVENTS_UNPARTED = "stream-events-unparted"
    CHOICES_UNASKED = "choices-unasked"
    DATA_NOT_JSON = "stream-data-not-json"
    INVALID_UTF8 = "invalid-utf8"
    RETRY_AFTER_RENAMED = "retry-after-renamed"
    ERROR_IN_200 = "error-inside-200"
    ENCODING_WRONG = "content-encoding-wrong"


ADVICE = MappingProxyType(
    {
        Oddity.STREAM_REFUSED: "accept stream: true, which coding agents send",
        Oddity.STREAM_IGNORED: "answer a streamed request with server-sent events",
        Oddity.STREAM_UNASKED: "send server-sent events only when stream is true",
        Oddity.STREAM_LOSES: "stream the calls and the text that a plain answer has",
        Oddity.CHUNK_EMPTY: "send only chunks that hold a choice, or usage",
        Oddity.STREAM_OPTIONS_REFUSED: "accept stream_options: {include_usage: true}",
        Oddity.STREAM_USAGE_MISSING: "send usage when stream_options asks for it",
        Oddity.USAGE_MISSING: "send usage with prompt_tokens and completion_tokens",
        Oddity.USAGE_RENAMED: "call the fields of usage prompt_tokens and completion_tokens",
        Oddity.USAGE_TOTAL_LOW: "make total_tokens at least prompt_tokens + completion_tokens",
        Oddity.USAGE_TOTAL_HIGH: "make total_tokens prompt_tokens + completion_tokens",
        Oddity.USAGE_CACHED_OUTSIDE: "count cached tokens inside prompt_tokens",
        Oddity.USAGE_REASONING_OUTSIDE: "count reasoning tokens inside completion_tokens",
        Oddity.USAGE_NOT_GROWING: (
            "count all of the prompt, cached or not; where the server cuts it, raise its context"
        ),
        Oddity.GATEWAY_MESSAGE: "answer a gateway's own failure with an error status",
        Oddity.MODEL_OTHER: "answer with the model that was asked for, under that name, or refuse",
        Oddity.CALLS_UNASKED: "send tool calls only when tools were declared",
        Oddity.MAX_TOKENS_RENAMED: "accept max_tokens and max_completion_tokens alike",
        Oddity.TEMPERATURE_REFUSED: "accept temperature, or ignore it",
        Oddity.NULL_CONTENT_REFUSED: "accept content: null beside tool_calls",
        Oddity.REASONING_REFUSED: "accept the reasoning field that the server itself sent",
        Oddity.REASONING_REQUIRED: "accept an assistant message without a reasoning field",
        Oddity.SYSTEM_MERGED: "accept a system message, and turns that do not alternate",
        Oddity.ARGUMENTS_NOT_TEXT: "send a call's arguments as a string that holds JSON",
        Oddity.CALL_ID_MISSING: "give every tool call an id",
        Oddity.CALL_ID_REPEATED: "give every tool call of a conversation an id of its own",
        Oddity.CALL_SHAPE: "put a call's name and arguments below function",
        Oddity.LEGACY_CALL: "send tool_calls in place of the old function_call",
        Oddity.CONTENT_PARTS: "send content as a string",
        Oddity.CONTENT_NOT_TEXT: "send content as a string",
        Oddity.INDEX_MISSING: "give every streamed tool call its index",
        Oddity.INDEX_REPEATED: "give each tool call of a turn an index of its own",
        Oddity.ID_CHANGED: "keep a tool call's id over all of its chunks",
        Oddity.NAME_RESENT: "send a tool's name once, in the call's first chunk",
        Oddity.NAME_LATE: "send a tool's name before the call's arguments",
        Oddity.NAME_SPLIT: "send a tool's name whole, in the call's first chunk",
        Oddity.DONE_MISSING: "end a stream with data: [DONE]",
        Oddity.FINISH_MISSING: "send a finish_reason with every answer",
        Oddity.FINISH_MISMATCH: "send finish_reason tool_calls exactly with tool calls",
        Oddity.FINISH_CHANGED: "send one finish_reason for an answer",
        Oddity.EVENTS_UNPARTED: "end every event of a stream with an empty line",
        Oddity.CHOICES_UNASKED: "send one choice where n was not asked for",
        Oddity.DATA_NOT_JSON: "send keep-alives as SSE comments, and only JSON as data",
        Oddity.INVALID_UTF8: "send UTF-8, and split it between characters or not at all",
        Oddity.RETRY_AFTER_RENAMED: "send the wait as Retry-After",
        Oddity.ERROR_IN_200: "answer an error with an error status",
        Oddity.ENCODING_WRONG: "announce only an encoding that the body has and the request took",
    }
)


class Ledger:
    """The entries of one conversation, in the order in which they first came up."""

    def __init__(self) -> None:
        self._entries: dict[str, Accommodation] = {}

    def note(self, name: str, where: str, advice: str) -> None:
        """Count one accommodation; the first place and the first advice are kept."""
        known = self._entries.get(name)
        self._entries[name] = (
            Accommodation(name, 1, where, advice)
            if known is None
            else replace(known, count=known.count + 1)
        )

    def note_oddities(self, oddities: Iterable[Oddity], where: str) -> None:
        """Count what the client itself met."""
        for oddity in oddities:
            self.note(oddity.value, where, ADVICE[oddity])

    def entries(self) -> tuple[Accommodation, ...]:
        """Return every entry."""
        return tuple(self._entries.values())
