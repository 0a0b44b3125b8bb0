"""What went wrong in one exchange, and whose fault that is (ENDPOINTS §3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check.errors import AuthError, EndpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cab_check.errors import CabError


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
    UPSTREAM = "upstream"
    TOOLS_UNSUPPORTED = "tools_unsupported"
    CALLS_AS_TEXT = "calls_as_text"
    CONTEXT_OVERFLOW = "context_overflow"
    CONTENT_FILTER = "content_filter"
    TOO_LARGE = "too_large"
    BAD_REQUEST = "bad_request"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    SERVER_ERROR = "server_error"


UNREACHED = frozenset({FaultKind.DNS, FaultKind.CONNECT, FaultKind.CONNECT_TIMEOUT})
"""Nobody was there to answer: what says nothing of what was asked."""


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


@dataclass(frozen=True, slots=True)
class Nature:
    """What holds for every fault of one kind (ENDPOINTS §1 and §3)."""

    party: Party
    hint: str
    retryable: bool = False
    once: bool = False
    fatal: bool = False


_ADDRESS = "check --endpoint: it is the base URL, mostly one that ends in /v1"
_STALL = "the server stalls: look at its log and its queue"
_DAMAGED = "the server sent something else than the protocol's answer: look at its log"
NATURES: Mapping[FaultKind, Nature] = MappingProxyType(
    {
        FaultKind.DNS: Nature(Party.ENDPOINT, "check the host name in --endpoint", True),
        FaultKind.CONNECT: Nature(
            Party.ENDPOINT, "is the server running, and is this its host and port?", True
        ),
        FaultKind.TLS: Nature(
            Party.ENDPOINT,
            "give the certificate authority with --ca-bundle or SSL_CERT_FILE",
            fatal=True,
        ),
        FaultKind.CONNECT_TIMEOUT: Nature(
            Party.ENDPOINT, "is the host reachable from here, or is a proxy needed?", True
        ),
        FaultKind.FIRST_EVENT_TIMEOUT: Nature(Party.ENDPOINT, _STALL, True, once=True),
        FaultKind.IDLE_TIMEOUT: Nature(Party.ENDPOINT, _STALL, True, once=True),
        FaultKind.TOTAL_TIMEOUT: Nature(
            Party.ENDPOINT, "serve the model faster, or allow it more time"
        ),
        FaultKind.BROKEN_CONNECTION: Nature(
            Party.ENDPOINT, "something between here and the server closed the connection", True
        ),
        FaultKind.TRUNCATED_STREAM: Nature(
            Party.ENDPOINT, "the server, or a gateway's time limit, cut the answer", True
        ),
        FaultKind.NOT_JSON: Nature(Party.ENDPOINT, _DAMAGED, True, once=True),
        FaultKind.HTML: Nature(Party.GATEWAY, f"a web page answers here; {_ADDRESS}", fatal=True),
        FaultKind.BAD_SHAPE: Nature(Party.ENDPOINT, _DAMAGED, True, once=True),
        FaultKind.REDIRECT: Nature(
            Party.USER, "redirects are not followed with a key; give the target itself", fatal=True
        ),
        FaultKind.AUTH: Nature(
            Party.USER, "check that this key belongs to this endpoint", fatal=True
        ),
        FaultKind.FORBIDDEN: Nature(
            Party.USER,
            "the key is known but may not do this: check its rights to the model",
            fatal=True,
        ),
        FaultKind.NOT_FOUND: Nature(Party.USER, _ADDRESS, fatal=True),
        FaultKind.UNKNOWN_MODEL: Nature(
            Party.USER, "take a name that the endpoint's /models lists", fatal=True
        ),
        FaultKind.UPSTREAM: Nature(
            Party.GATEWAY,
            "the gateway took it, and the provider behind it refused: mend the key, the name or "
            "the address in the gateway's entry for this model",
            fatal=True,
        ),
        FaultKind.TOOLS_UNSUPPORTED: Nature(
            Party.ENDPOINT, "turn tool calling on, or choose a model that has it", fatal=True
        ),
        FaultKind.CALLS_AS_TEXT: Nature(
            Party.ENDPOINT,
            "turn on the server's tool-call parser for this model, and check its chat template",
        ),
        FaultKind.CONTEXT_OVERFLOW: Nature(
            Party.MODEL, "serve the model with a longer context window"
        ),
        FaultKind.CONTENT_FILTER: Nature(Party.MODEL, "the provider's content filter stepped in"),
        FaultKind.TOO_LARGE: Nature(
            Party.ENDPOINT, "raise the limit on request bodies at the server or its gateway"
        ),
        FaultKind.BAD_REQUEST: Nature(Party.ENDPOINT, "the server refuses a plain request"),
        FaultKind.RATE_LIMIT: Nature(
            Party.GATEWAY, "run fewer cells at once, or raise the rate limit", True
        ),
        FaultKind.QUOTA: Nature(Party.GATEWAY, "the account behind the key has no credit left"),
        FaultKind.SERVER_ERROR: Nature(Party.ENDPOINT, "look at the server's log", True),
    }
)
_USAGE_KINDS = frozenset({FaultKind.UNKNOWN_MODEL, FaultKind.NOT_FOUND, FaultKind.REDIRECT})
_AUTH_KINDS = frozenset({FaultKind.AUTH, FaultKind.FORBIDDEN})


def retried(kind: FaultKind) -> str:
    """Return the ledger's name for a fault that a request was made again after."""
    return f"retried-{kind.value.replace('_', '-')}"


def fault_of(kind: FaultKind, message: str) -> Fault:
    """Make a fault with all that its kind brings along; `message` is redacted already."""
    nature = NATURES[kind]
    return Fault(
        kind=kind,
        party=nature.party,
        message=message,
        hint=nature.hint,
        retryable=nature.retryable,
        once=nature.once,
        fatal=nature.fatal,
    )


def as_error(fault: Fault) -> CabError:
    """Turn a fault into the error that ends a command: AuthError, UsageError or EndpointError."""
    if fault.kind in _AUTH_KINDS:
        return AuthError(fault.message, hint=fault.hint)
    if fault.kind in _USAGE_KINDS:
        return UsageError(fault.message, hint=fault.hint)
    return EndpointError(fault.message, hint=fault.hint)
