"""What the doctor finds with each quirk of the embedded endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

NO_TURN = {"plain-turn": "fail", "streaming": "fail"}
NO_CALL = {"tool-call": "fail"}
NO_ROOM = {"turn-two": "fail", "large-result": "fail", "malformed-history": "fail"}


@dataclass(frozen=True, slots=True)
class Expected:
    """The probes that do not pass; the first of them says `said`. Nothing for a harmless quirk.

    `stalls` quirks are waited for shortly; `bare` asks at the address without /v1, `deep` asks
    beyond the context, `key` is another key.
    """

    found: dict[str, str] = field(default_factory=dict)
    said: str = ""
    exit_code: int = 0
    stalls: bool = False
    bare: bool = False
    deep: bool = False
    key: str | None = None


TABLE: dict[str, Expected] = {
    "arguments-object": Expected({"tool-call": "warn"}, "arguments-as-object"),
    "arguments-emptied": Expected(NO_CALL, "wrong arguments", exit_code=1),
    "arguments-empty": Expected({"two-calls": "warn"}, "empty string"),
    "arguments-missing": Expected({"two-calls": "warn"}, "empty string"),
    "arguments-raw-newline": Expected(NO_CALL, "malformed arguments", exit_code=1),
    "arguments-bad-escape": Expected(NO_CALL, "malformed arguments", exit_code=1),
    "arguments-stray-newline": Expected(NO_CALL, "malformed arguments", exit_code=1),
    "arguments-trailing-quote": Expected(NO_CALL, "malformed arguments", exit_code=1),
    "arguments-never-json": Expected(NO_CALL, "malformed arguments", exit_code=1),
    "arguments-one-bad": Expected(NO_CALL, "malformed arguments", exit_code=1),
    "index-missing": Expected({"tool-call": "warn"}, "tool-index-missing"),
    "index-null": Expected({"tool-call": "warn"}, "tool-index-missing"),
    "index-repeated": Expected({"two-calls": "warn"}, "tool-index-repeated"),
    "id-per-fragment": Expected({"tool-call": "warn"}, "call-id-changed"),
    "name-resent": Expected({"tool-call": "warn"}, "tool-name-resent"),
    "id-resent": Expected(),
    "name-split": Expected({"tool-call": "warn"}, "tool-name-split"),
    "name-last": Expected({"tool-call": "warn"}, "tool-name-late"),
    "unstreamed-no-choices": Expected(NO_TURN, "without a choice", exit_code=1),
    "choices-empty": Expected({"streaming": "warn"}, "stream-chunk-empty"),
    "choices-null": Expected({"streaming": "warn"}, "stream-chunk-empty"),
    "error-in-200": Expected({"plain-turn": "warn"}, "error-inside-200"),
    "error-in-200-always": Expected(NO_TURN, "the engine is overloaded", exit_code=1),
    "body-null": Expected(NO_TURN, "is null", exit_code=1),
    "body-list": Expected(NO_TURN, "is a list", exit_code=1),
    "body-empty": Expected(NO_TURN, "an empty body", exit_code=1),
    "choices-are-null": Expected(NO_TURN, "choices: null", exit_code=1),
    "gzip-damaged": Expected(NO_TURN, "body's encoding is damaged", exit_code=1),
    "call-without-function": Expected({"tool-call": "warn"}, "call-without-function"),
    "function-call-legacy": Expected(
        {"tool-call": "warn", "two-calls": "warn", "stop-reasons": "warn"}, "legacy-function-call"
    ),
    "error-event": Expected({"streaming": "warn"}, "error-inside-200"),
    "error-event-always": Expected({"streaming": "fail"}, "the engine is overloaded", exit_code=1),
    "gateway-speaks": Expected(NO_TURN, "worded its own failure", exit_code=1),
    "gateway-speaks-at-first": Expected({"plain-turn": "warn"}, "gateway-message-as-answer"),
    "stream-options-refused": Expected({"stream-usage": "warn"}, "stream-options-refused"),
    "stream-refused": Expected({"streaming": "warn"}, "stream-refused"),
    "stream-ignored": Expected({"streaming": "warn"}, "stream-ignored"),
    "stream-unasked": Expected({"plain-turn": "warn"}, "stream-unasked"),
    "usage-missing": Expected({"stream-usage": "warn", "usage": "warn"}, "stream-usage-missing"),
    "stream-usage-missing": Expected({"stream-usage": "warn"}, "stream-usage-missing"),
    "usage-zero-early": Expected(),
    "usage-null": Expected({"stream-usage": "warn"}, "stream-usage-missing"),
    "usage-total-low": Expected({"usage": "warn"}, "usage-total-below-sum"),
    "usage-cached-high": Expected({"usage": "warn"}, "usage-cached-outside-prompt"),
    "usage-reasoning-high": Expected({"usage": "warn"}, "usage-reasoning-outside-completion"),
    "usage-renamed": Expected({"usage": "warn"}, "usage-renamed"),
    "usage-never-grows": Expected({"usage": "warn"}, "prompt tokens after"),
    "usage-differs-streamed": Expected({"stream-and-plain": "warn"}, "usage.prompt_tokens"),
    "sse-comments": Expected(),
    "sse-comments-for-ever": Expected(
        {"streaming": "fail"}, "total timer", exit_code=1, stalls=True
    ),
    "sse-comments-as-data": Expected({"streaming": "warn"}, "stream-data-not-json"),
    "sse-ping": Expected({"streaming": "warn"}, "stream-chunk-empty"),
    "done-missing": Expected({"streaming": "warn"}, "stream-done-missing"),
    "done-left-open": Expected(),
    "finish-left-open": Expected({"streaming": "warn"}, "stream-done-missing"),
    "stream-cut": Expected(
        {"streaming": "warn", "stream-usage": "warn"}, "retried-truncated-stream"
    ),
    "stream-reset": Expected(
        {"streaming": "warn", "stream-usage": "warn"}, "retried-truncated-stream"
    ),
    "stream-always-cut": Expected(
        {
            "two-calls": "fail",
            "streaming": "warn",
            "stream-usage": "warn",
            "malformed-history": "fail",
            "stop-reasons": "fail",
            "pace": "warn",
        },
        "cut after",
        exit_code=1,
    ),
    "stream-never-finishes": Expected({"streaming": "fail"}, "cut after", exit_code=1),
    "stall-mid-stream": Expected(
        {
            "two-calls": "fail",
            "streaming": "warn",
            "stream-usage": "warn",
            "malformed-history": "fail",
            "stop-reasons": "fail",
            "pace": "warn",
        },
        "idle timer",
        exit_code=1,
        stalls=True,
    ),
    "utf8-split": Expected(),
    "utf8-invalid": Expected({"unicode": "warn"}, "invalid-utf8"),
    "finish-stop": Expected({"stop-reasons": "warn"}, "finish-reason-mismatch"),
    "finish-end-turn": Expected({"stop-reasons": "warn"}, "finish-reason-mismatch"),
    "finish-null": Expected({"stop-reasons": "warn"}, "finish-reason-missing"),
    "calls-announced": Expected(NO_TURN, "finish_reason tool_calls", exit_code=1),
    "calls-announced-once": Expected(NO_TURN, "finish_reason tool_calls", exit_code=1),
    "finish-length": Expected(NO_CALL, "cut arguments", exit_code=1),
    "finish-filter": Expected(NO_TURN, "content_filter", exit_code=1),
    "finish-error": Expected(NO_TURN, "finish_reason is error", exit_code=1),
    "null-content-refused": Expected({"turn-two": "warn"}, "null-content-refused"),
    "empty-content-refused": Expected(),
    "absent-content-refused": Expected(),
    "reasoning-must-return": Expected({"turn-two": "warn"}, "reasoning-echo-required"),
    "reasoning-required": Expected({"turn-two": "warn"}, "reasoning-echo-required"),
    "reasoning-refused": Expected({"turn-two": "warn"}, "reasoning-echo-refused"),
    "reasoning-only": Expected(NO_TURN, "reasoning and no text", exit_code=1),
    "reasoning-only-once": Expected(NO_TURN, "reasoning and no text", exit_code=1),
    "ids-alike": Expected({"two-calls": "warn"}, "call-id-repeated"),
    "ids-repeated": Expected({"turn-two": "warn"}, "call-id-repeated"),
    "ids-nine": Expected(),
    "ids-kimi": Expected(),
    "ids-missing": Expected({"tool-call": "warn"}, "call-id-missing"),
    "ids-null": Expected({"tool-call": "warn"}, "call-id-missing"),
    "same-tool-twice": Expected(),
    "stream-only": Expected({"plain-turn": "warn"}, "only supports stream mode"),
    "parallel-refused": Expected(),
    "tools-refused": Expected(NO_CALL, "enable-auto-tool-choice", exit_code=1),
    "text-calls-hermes": Expected(NO_CALL, "in the form of Hermes", exit_code=1),
    "text-calls-xml": Expected(NO_CALL, "in the form of XML", exit_code=1),
    "text-calls-harmony": Expected(NO_CALL, "in the form of harmony", exit_code=1),
    "text-calls-json": Expected(NO_CALL, "in the form of bare JSON", exit_code=1),
    "text-calls-mistral": Expected(NO_CALL, "in the form of special tokens", exit_code=1),
    "text-calls-once": Expected(NO_CALL, "in the form of Hermes", exit_code=1),
    "text-calls-real-prompt": Expected(NO_CALL, "in the form of Hermes", exit_code=1),
    "text-calls-streamed": Expected(
        {"stream-and-plain": "fail", "tool-call": "warn", "two-calls": "warn"},
        "tool_calls",
        exit_code=1,
    ),
    "tool-name-unknown": Expected(NO_CALL, "unknown tool", exit_code=1),
    "multi-tool-use": Expected(NO_CALL, "unknown tool", exit_code=1),
    "max-tokens-refused": Expected({"plain-turn": "warn"}, "max-tokens-renamed"),
    "max-completion-tokens-refused": Expected(),
    "temperature-refused": Expected({"stream-and-plain": "warn"}, "temperature-refused"),
    "system-refused": Expected({"plain-turn": "warn"}, "system-role-merged"),
    "alternation-strict": Expected({"plain-turn": "warn"}, "system-role-merged"),
    "context-openai": Expected(NO_ROOM, "context length", exit_code=1),
    "context-llama-cpp": Expected(NO_ROOM, "context size", exit_code=1),
    "context-anthropic": Expected(NO_ROOM, "prompt is too long", exit_code=1),
    "context-trt": Expected(NO_ROOM, "max_num_tokens", exit_code=1),
    "context-tgi": Expected(NO_ROOM, "422", exit_code=1),
    "rate-limit": Expected({"four-at-once": "warn"}, "retried-rate-limit"),
    "rate-limit-date": Expected({"four-at-once": "warn"}, "retried-rate-limit"),
    "rate-limit-ms": Expected({"four-at-once": "warn"}, "retried-rate-limit"),
    "rate-limit-bare": Expected({"four-at-once": "warn"}, "retried-rate-limit"),
    "rate-limit-always": Expected(NO_TURN, "Rate limit", exit_code=1),
    "rate-limit-long": Expected(NO_TURN, "Rate limit", exit_code=1),
    "no-credit": Expected(NO_TURN, "exceeded your current quota", exit_code=1),
    "html-502": Expected({"plain-turn": "warn"}, "retried-server-error"),
    "html-502-always": Expected(NO_TURN, "502 Bad Gateway", exit_code=1),
    "html-404": Expected(NO_TURN, "404 Not Found", exit_code=3),
    "bare-base-404": Expected(bare=True),
    "bare-base-page": Expected(bare=True),
    "redirect": Expected(NO_TURN, "redirects to", exit_code=2),
    "any-200": Expected(NO_TURN, "no list of choices", exit_code=1),
    "web-ui": Expected(NO_TURN, "Open WebUI", exit_code=3),
    "models-missing": Expected({"model": "warn"}, "there is no /models"),
    "models-partial": Expected({"model": "warn"}, "names without"),
    "models-refused": Expected({"model": "warn"}, "/models failed"),
    "models-empty": Expected({"model": "warn"}, "there is no /models"),
    "other-model": Expected({"model": "warn"}, "another-model-answered"),
    "key-refused": Expected({"auth": "fail"}, "401", exit_code=4),
    "key-forbidden": Expected({"auth": "fail"}, "403", exit_code=4),
    "tls-intercepted": Expected({"reach": "fail"}, "issued by", exit_code=3),
    "strict-refused": Expected(),
    "history-must-parse": Expected(
        {"malformed-history": "warn", "tool-call": "fail"}, "Failed to parse", exit_code=1
    ),
    "null-content-500": Expected({"turn-two": "warn"}, "null-content-refused"),
    "error-text": Expected({"auth": "fail"}, "401", exit_code=4),
    "error-code-text": Expected({"model": "fail"}, "does not exist", exit_code=2),
    "error-detail-401": Expected({"auth": "fail"}, "401", exit_code=4),
    "error-detail-422": Expected(NO_TURN, "422", exit_code=1),
    "key-missing-500": Expected(NO_TURN, "Internal Server Error", exit_code=1, key=""),
    "key-wrong-400": Expected({"auth": "fail"}, "No connected db", exit_code=4),
    "rate-limit-litellm": Expected({"four-at-once": "warn"}, "retry-after-renamed"),
    "finish-stop-empty": Expected({"stop-reasons": "warn"}, "finish-reason-mismatch"),
    "long-prompt-blocks": Expected(
        {"context-overflow": "warn"}, "timer: no", stalls=True, deep=True
    ),
    "stall-before-headers": Expected(NO_TURN, "total timer", exit_code=1, stalls=True),
    "stall-before-events": Expected(NO_TURN, "total timer", exit_code=1, stalls=True),
    "calls-without-tools": Expected({"plain-turn": "warn"}, "calls-without-tools"),
    "unknown-fields-refused": Expected({"stream-usage": "warn"}, "stream-options-refused"),
    "index-missing-whole": Expected({"tool-call": "warn"}, "tool-index-missing"),
    "reasoning-field": Expected(),
    "usage-with-choice": Expected(),
    "usage-in-every-chunk": Expected(),
    "no-models-route": Expected({"model": "warn"}, "/models failed"),
    "body-limit": Expected({"context-overflow": "warn"}, "413", deep=True),
    "engine-dies": Expected(
        {**NO_ROOM, "stream-and-plain": "fail", "pace": "warn"},
        "EngineCore",
        exit_code=1,
    ),
    "stream-loses-calls": Expected(
        {"stream-and-plain": "fail"}, "stream-loses-answer", exit_code=1
    ),
    "arguments-false": Expected(NO_CALL, "not an object", exit_code=1),
    "arguments-null": Expected(NO_CALL, "not an object", exit_code=1),
    "arguments-string": Expected(NO_CALL, "not an object", exit_code=1),
}
