"""What went wrong in one exchange, and whose fault that is (ENDPOINTS §3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Party(StrEnum):
    """Whose fault an end was. A verdict on a cell uses all of them, one exchange the first four."""

    ENDPOINT = "endpoint"
    GATEWAY = "gateway"
    USER = "user"
    MODEL = "model"
    BUDGET = "budget"
    TASK = "task"
    HARNESS = "harness"


class FaultKind(StrEnum):
    """What kind of failure an exchange ended with."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    CONNECT_TIMEOUT = "connect_timeout"
    FIRST_EVENT_TIMEOUT = "first_event_timeout"
    IDLE_TIMEOUT = "idle_timeout"
    TOTAL_TIMEOUT = "total_timeout"
    BROKEN_CONNECTION = "broken_connection"
    TRUNCATED_STREAM = "truncated_stream"
    NOT_JSON = "not_json"
    HTML = "html"
    BAD_SHAPE = "bad_shape"
    REDIRECT = "redirect"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    UNKNOWN_MODEL = "unknown_model"
    TOOLS_UNSUPPORTED = "tools_unsupported"
    CONTEXT_OVERFLOW = "context_overflow"
    CONTENT_FILTER = "content_filter"
    TOO_LARGE = "too_large"
    BAD_REQUEST = "bad_request"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One exchange's failure.

    `message` names what happened with its value (status, timer, target), redacted and short;
    `hint` says what to do. `retryable` follows ENDPOINTS §1; `once` limits that to one retry (first
    event and idle timeouts). `fatal` ends the run: key, model, address, tools. `retry_after_s` is
    the server's own wish, None when it had none.
    """

    kind: FaultKind
    party: Party
    message: str
    hint: str
    status: int | None = None
    retryable: bool = False
    once: bool = False
    fatal: bool = False
    retry_after_s: float | None = None
