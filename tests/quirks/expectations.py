"""What each quirk is to come to: who passes, with which ledger and after how many requests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cab_check.agent.episode import StopReason
from cab_check.endpoint.faults import Party
from cab_check.errors import ExitCode
from cab_check.settings import AgentSettings, Timers

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.demo import DemoServer

KEY = "made-up-key-for-tests"
MODEL = "oracle:quirks/small"
TURNS = 4  # of the oracle: look, write, look again, close

_PATIENT = Timers(first_event_s=5.0, idle_s=5.0, after_finish_s=0.5, after_done_s=0.02)
_QUICK = Timers(first_event_s=0.4, idle_s=0.3, after_finish_s=0.1, after_done_s=0.02)
_AS_THE_TASK_SAYS = AgentSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How a quirk is met: the settings that matter to it, and how the address is written."""

    settings: dict[str, Any] = field(default_factory=dict)
    url: Callable[[DemoServer], str] = lambda server: server.url
    key: str = KEY
    timers: Timers = _PATIENT
    agent: AgentSettings = _AS_THE_TASK_SAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """An end that is no pass. `asks` are the requests for a completion, `says` is its evidence."""

    fault: Party
    says: str
    stop: StopReason = StopReason.ENDPOINT_ERROR
    exit: ExitCode = ExitCode.ENDPOINT
    asks: int = 1
    ledger: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """A pass: with these entries, and so many requests beyond the oracle's four."""

    ledger: dict[str, int] = field(default_factory=dict)
    more: int = 0


def _bare(server: DemoServer) -> str:
    return server.url.removesuffix("/v1")


SCENES: MappingProxyType[str, Scene] = MappingProxyType(
    {
        "stream-unasked": Scene(settings={"stream": False}),
        "max-tokens-refused": Scene(settings={"max_tokens": 4096}),
        "max-completion-tokens-refused": Scene(settings={"max_tokens": 4096}),
        "temperature-refused": Scene(settings={"temperature": 0.2}),
        "bare-base-404": Scene(url=_bare),
        "bare-base-page": Scene(url=_bare),
        "body-limit": Scene(settings={"extra_body": {"padding": "x" * 100 * 1024}}),
        "long-prompt-blocks": Scene(
            settings={"extra_body": {"padding": "x" * 70_000}}, timers=_QUICK
        ),
        "key-missing-500": Scene(key=""),
        "sse-comments": Scene(timers=_QUICK),
        "sse-comments-for-ever": Scene(timers=_QUICK, agent=AgentSettings(timeout_s=0.7)),
        "stall-before-headers": Scene(timers=_QUICK),
        "stall-before-events": Scene(timers=_QUICK),
        "stall-mid-stream": Scene(timers=_QUICK),
        "finish-left-open": Scene(timers=_QUICK),
    }
)


def _once(name: str) -> Passes:
    """Return a pass after one request more, with one entry: what was negotiated is remembered."""
    return Passes(ledger={name: 1}, more=1)


def _each(name: str, count: int = TURNS) -> Passes:
    return Passes(ledger={name: count})


_LOST_TURN = Passes(more=1)
PASSES: MappingProxyType[str, Passes] = MappingProxyType(
    {
        "arguments-object": _each("arguments-as-object", 3),
        "arguments-emptied": _once("arguments-lost"),
        "arguments-empty": _each("arguments-empty", 1),
        "arguments-missing": _each("arguments-empty", 1),
        "arguments-raw-newline": _once("arguments-malformed"),
        "arguments-bad-escape": _once("arguments-malformed"),
        "arguments-stray-newline": _once("arguments-malformed"),
        "arguments-trailing-quote": _once("arguments-malformed"),
        "arguments-one-bad": _once("arguments-malformed"),
        "index-missing": _each("tool-index-missing", 3),
        "index-null": _each("tool-index-missing", 3),
        "index-repeated": _each("tool-index-repeated", 2),
        "id-per-fragment": _each("call-id-changed", 3),
        "name-resent": _each("tool-name-resent", 3),
        "id-resent": Passes(),
        "name-split": _each("tool-name-split", 3),
        "name-last": _each("tool-name-late", 3),
        "choices-empty": _each("stream-chunk-empty"),
        "choices-null": _each("stream-chunk-empty"),
        "error-in-200": Passes(ledger={"error-inside-200": 4, "retried-server-error": 4}, more=4),
        "call-without-function": _each("call-without-function", 3),
        "function-call-legacy": Passes(ledger={"legacy-function-call": 3, "call-id-missing": 3}),
        "error-event": Passes(ledger={"error-inside-200": 4, "retried-server-error": 4}, more=4),
        "gateway-speaks-at-first": Passes(
            ledger={"gateway-message-as-answer": 1, "retried-server-error": 1}, more=1
        ),
        "stream-options-refused": _once("stream-options-refused"),
        "stream-refused": _once("stream-refused"),
        "stream-ignored": _each("stream-ignored"),
        "stream-unasked": _each("stream-unasked"),
        "usage-missing": _each("stream-usage-missing"),
        "stream-usage-missing": _each("stream-usage-missing"),
        "usage-zero-early": Passes(),
        "usage-null": _each("stream-usage-missing"),
        "usage-total-low": _each("usage-total-below-sum"),
        "usage-cached-high": _each("usage-cached-outside-prompt"),
        "usage-reasoning-high": _each("usage-reasoning-outside-completion"),
        "usage-renamed": _each("usage-renamed"),
        "usage-never-grows": _each("usage-not-growing", 3),
        "usage-differs-streamed": Passes(),
        "sse-comments": Passes(),
        "sse-comments-as-data": _each("stream-data-not-json"),
        "sse-ping": _each("stream-chunk-empty"),
        "done-missing": _each("stream-done-missing"),
        "done-left-open": Passes(),
        "finish-left-open": _each("stream-done-missing"),
        "stream-cut": _once("retried-truncated-stream"),
        "stream-reset": _once("retried-truncated-stream"),
        "utf8-split": Passes(),
        "utf8-invalid": _each("invalid-utf8", 3),
        "finish-stop": _each("finish-reason-mismatch", 3),
        "finish-end-turn": _each("finish-reason-mismatch", 3),
        "finish-null": _each("finish-reason-missing", 3),
        # asked once more without a stream, which brings no call either
        "calls-announced-once": Passes(ledger={"finish-reason-mismatch": 2}, more=2),
        "finish-length": _LOST_TURN,
        "null-content-refused": _once("null-content-refused"),
        "empty-content-refused": Passes(),
        "absent-content-refused": Passes(),
        "reasoning-must-return": Passes(),
        "reasoning-required": _once("reasoning-echo-required"),
        "reasoning-refused": _once("reasoning-echo-refused"),
        "reasoning-only-once": _once("reply-without-content"),
        "ids-alike": _each("call-id-repeated", 2),
        "ids-repeated": _each("call-id-repeated", 2),
        "ids-nine": Passes(),
        "ids-kimi": Passes(),
        "ids-missing": _each("call-id-missing", 3),
        "ids-null": _each("call-id-missing", 3),
        "same-tool-twice": Passes(),
        "parallel-refused": Passes(),
        "stream-only": Passes(),
        "text-calls-once": _once("tool-calls-as-text"),
        "tool-name-unknown": _once("tool-name-unknown"),
        "multi-tool-use": _once("tool-name-unknown"),
        "max-tokens-refused": _once("max-tokens-renamed"),
        "max-completion-tokens-refused": Passes(),
        "temperature-refused": _once("temperature-refused"),
        "system-refused": _once("system-role-merged"),
        "alternation-strict": _once("system-role-merged"),
        "rate-limit": _once("retried-rate-limit"),
        "rate-limit-date": _once("retried-rate-limit"),
        "rate-limit-ms": _once("retried-rate-limit"),
        "rate-limit-bare": _once("retried-rate-limit"),
        "html-502": _once("retried-server-error"),
        "bare-base-404": Passes(),
        "bare-base-page": Passes(),
        "models-missing": Passes(),
        "models-partial": Passes(),
        "models-refused": Passes(),
        "models-empty": Passes(),
        "other-model": _each("another-model-answered"),
        "strict-refused": Passes(),
        "history-must-parse": _LOST_TURN,
        "null-content-500": _once("null-content-refused"),
        "rate-limit-litellm": Passes(
            ledger={"retry-after-renamed": 1, "retried-rate-limit": 1}, more=1
        ),
        "finish-stop-empty": _each("finish-reason-mismatch", 3),
        "unknown-fields-refused": _once("stream-options-refused"),
        "calls-without-tools": Passes(),
        "index-missing-whole": _each("tool-index-missing", 3),
        "reasoning-field": Passes(),
        "usage-with-choice": Passes(),
        "usage-in-every-chunk": Passes(),
        "no-models-route": Passes(),
        "stream-loses-calls": _once("stream-loses-answer"),
        "arguments-false": _once("arguments-not-an-object"),
        "arguments-null": _once("arguments-not-an-object"),
        "arguments-string": _once("arguments-not-an-object"),
    }
)


def _endpoint(says: str, asks: int, **ledger: int) -> Ends:
    entries = {name.replace("_", "-"): count for name, count in ledger.items()}
    return Ends(fault=Party.ENDPOINT, says=says, asks=asks, ledger=entries)


def _gateway(says: str, asks: int, **ledger: int) -> Ends:
    return replace(_endpoint(says, asks, **ledger), fault=Party.GATEWAY)


def _user(says: str, exit_code: ExitCode = ExitCode.AUTH) -> Ends:
    stop = StopReason.AUTH if exit_code is ExitCode.AUTH else StopReason.ENDPOINT_ERROR
    return Ends(fault=Party.USER, says=says, stop=stop, exit=exit_code)


def _model(stop: StopReason, says: str, asks: int, ledger: dict[str, int] | None = None) -> Ends:
    """Return a scored failure (SCORING: scored or not)."""
    return Ends(
        fault=Party.MODEL,
        says=says,
        stop=stop,
        exit=ExitCode.FAILED,
        asks=asks,
        ledger=ledger or {},
    )


def _text_calls(dialect: str) -> Ends:
    return Ends(
        fault=Party.ENDPOINT,
        says=dialect,
        stop=StopReason.TOOL_CALLS_AS_TEXT,
        asks=2,
        ledger={"tool-calls-as-text": 2},
    )


_OVERFLOW = StopReason.CONTEXT_OVERFLOW
ENDS: MappingProxyType[str, Ends] = MappingProxyType(
    {
        "arguments-never-json": _model(
            StopReason.FORMAT_ERRORS, "malformed_arguments", 3, {"arguments-malformed": 3}
        ),
        "unstreamed-no-choices": _endpoint("without a choice", 2, retried_bad_shape=1),
        "error-in-200-always": _gateway(
            "overloaded", 4, error_inside_200=4, retried_server_error=3
        ),
        "body-null": _endpoint("JSON that is null", 2, retried_bad_shape=1),
        "body-list": _endpoint("JSON that is a list", 2, retried_bad_shape=1),
        "body-empty": _endpoint("cut after 0 events", 4, retried_truncated_stream=3),
        "choices-are-null": _endpoint("choices: null", 2, retried_bad_shape=1),
        "gzip-damaged": _endpoint("encoding is damaged", 2, retried_not_json=1),
        "error-event-always": _gateway("overloaded", 4, error_inside_200=4, retried_server_error=3),
        "gateway-speaks": _gateway(
            "a gateway worded its own failure",
            4,
            gateway_message_as_answer=4,
            retried_server_error=3,
        ),
        "sse-comments-for-ever": Ends(
            fault=Party.ENDPOINT, says="SSE comments had come", stop=StopReason.TIME_LIMIT
        ),
        "stream-always-cut": _endpoint("the stream was cut", 4, retried_truncated_stream=3),
        "stream-never-finishes": _endpoint("without finish_reason", 4, retried_truncated_stream=3),
        "stall-mid-stream": _endpoint("idle timer", 2, retried_idle_timeout=1),
        "calls-announced": _model(
            StopReason.FORMAT_ERRORS,
            "finish_reason tool_calls without a call",
            3,
            {"finish-reason-mismatch": 3},
        ),
        "finish-filter": _model(StopReason.CONTENT_FILTER, "content_filter", 1),
        "finish-error": _endpoint(
            "finish_reason is error", 4, error_inside_200=4, retried_server_error=3
        ),
        "reasoning-only": _model(
            StopReason.EMPTY_RESPONSE, "reasoning-only", 3, {"reply-without-content": 3}
        ),
        "tools-refused": Ends(
            fault=Party.ENDPOINT,
            says="--enable-auto-tool-choice",
            stop=StopReason.TOOLS_UNSUPPORTED,
        ),
        "text-calls-hermes": _text_calls("Hermes"),
        "text-calls-xml": _text_calls("XML"),
        "text-calls-harmony": _text_calls("harmony"),
        "text-calls-json": _text_calls("bare JSON"),
        "text-calls-mistral": _text_calls("special tokens"),
        "text-calls-real-prompt": _text_calls("Hermes"),
        "text-calls-streamed": _text_calls("XML"),
        "context-openai": _model(_OVERFLOW, "maximum context length", 2),
        "context-llama-cpp": _model(_OVERFLOW, "available context size", 2),
        "context-anthropic": _model(_OVERFLOW, "prompt is too long", 2),
        "context-trt": _model(_OVERFLOW, "max_num_tokens", 2),
        "context-tgi": _model(_OVERFLOW, "max_new_tokens", 2),
        "rate-limit-always": _gateway("HTTP 429", 4, retried_rate_limit=3),
        "rate-limit-long": _gateway("asks to wait 3600 s", 1),
        "no-credit": _gateway("current quota", 1),
        "html-502-always": _gateway(
            "an HTML page titled '502 Bad Gateway'", 4, retried_server_error=3
        ),
        "html-404": _gateway("an HTML page titled '404 Not Found'", 1),
        "redirect": _user("redirects to https://login.example.com", ExitCode.USAGE),
        "any-200": _endpoint("no list of choices", 2, retried_bad_shape=1),
        "web-ui": _gateway("an HTML page titled 'Open WebUI'", 1),
        "key-refused": _user("HTTP 401"),
        "key-forbidden": _user("HTTP 403"),
        "error-text": _user("token is expired"),
        "error-code-text": _user("does not exist", ExitCode.USAGE),
        "error-detail-401": _user("Not authenticated"),
        "error-detail-422": _endpoint("HTTP 422: body.session: Field required", 2),
        "key-missing-500": _endpoint("HTTP 500: Internal Server Error", 4, retried_server_error=3),
        "key-wrong-400": _user("No connected db."),
        "stall-before-headers": _endpoint("first event timer", 2, retried_first_event_timeout=1),
        "stall-before-events": _endpoint("first event timer", 2, retried_first_event_timeout=1),
        "long-prompt-blocks": _endpoint("first event timer", 2, retried_first_event_timeout=1),
        "body-limit": _endpoint("HTTP 413", 1),
        "engine-dies": _endpoint(
            "connection refused", 2, retried_server_error=1, retried_connect=2
        ),
    }
)
# ended before the first request for a completion, by the preflight
STOPS_BEFORE = frozenset({"tls-intercepted"})
