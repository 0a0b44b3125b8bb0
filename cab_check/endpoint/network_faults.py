"""What the network did, put into faults: one table from httpx's exceptions to ours."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.endpoint.faults import FaultKind, fault_of
from cab_check.endpoint.taped import End

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.site import Site

# by name, so that this module costs nothing to import; the nearest class of the MRO counts
TRANSLATION = {
    "ConnectTimeout": FaultKind.CONNECT_TIMEOUT,
    "PoolTimeout": FaultKind.CONNECT_TIMEOUT,
    "ConnectError": FaultKind.CONNECT,
    "ProxyError": FaultKind.CONNECT,
    "UnsupportedProtocol": FaultKind.CONNECT,
    "TimeoutException": FaultKind.BROKEN_CONNECTION,
    "NetworkError": FaultKind.BROKEN_CONNECTION,
    "ProtocolError": FaultKind.BROKEN_CONNECTION,
    "DecodingError": FaultKind.NOT_JSON,
    "TooManyRedirects": FaultKind.REDIRECT,
    "HTTPError": FaultKind.BROKEN_CONNECTION,
}
_GIVEN_UP = frozenset({socket.EAI_NONAME})
_UNREACHED = frozenset({FaultKind.CONNECT, FaultKind.CONNECT_TIMEOUT})


def from_exception(error: Exception, *, site: Site) -> Fault:
    """Classify an exception that httpx raised on the way to an answer or within it."""
    kind = _translated(error)
    causes = list(_causes(error))
    if kind is FaultKind.CONNECT:
        for cause in causes:
            if isinstance(cause, ssl.SSLError):
                return _tls(cause, site)
            if isinstance(cause, socket.gaierror):
                return _dns(cause, site)
    shown = site.shown(_wording(kind, causes, site))
    fault = fault_of(kind, f"{shown} ({site.address.printable})")
    if _is_no_http(error):
        return replace(fault, hint="the server, or what stands before it, breaks the rules of HTTP")
    if _translated_name(error) == "ProxyError":
        return replace(fault, hint="look at the proxy that HTTPS_PROXY or ALL_PROXY names")
    return fault


def ended_by(error: Exception) -> End:
    """Say how an exchange ended that an exception ended, as far as it can be played again."""
    kind = _translated(error)
    if kind in _UNREACHED:
        return End.UNREACHED
    if kind is FaultKind.NOT_JSON:
        return End.DAMAGED
    return End.RESET if _was_reset(_causes(error)) else End.CUT


def _is_no_http(error: BaseException) -> bool:
    """Say whether bytes came that HTTP does not allow, and not only an end that came too soon."""
    left = ("disconnected", "closed connection")
    names = {kind.__name__ for kind in type(error).__mro__}
    return "RemoteProtocolError" in names and not any(words in str(error) for words in left)


def _was_reset(causes: Iterable[BaseException]) -> bool:
    return any(isinstance(cause, ConnectionResetError) for cause in causes)


def _translated_name(error: Exception) -> str:
    names = [kind.__name__ for kind in type(error).__mro__]
    return next((name for name in names if name in TRANSLATION), "HTTPError")


def _translated(error: Exception) -> FaultKind:
    return TRANSLATION[_translated_name(error)]


def _wording(kind: FaultKind, causes: list[BaseException], site: Site) -> str:
    if kind is FaultKind.CONNECT and any(isinstance(c, ConnectionRefusedError) for c in causes):
        return "connection refused"
    said = next((str(cause) for cause in causes if str(cause)), type(causes[0]).__name__)
    if kind is FaultKind.CONNECT:
        return f"cannot connect: {said}"
    if kind is FaultKind.CONNECT_TIMEOUT:
        return f"connect timer: no connection within {site.connect_s:g} s"
    if kind is FaultKind.NOT_JSON:
        return f"the body's encoding is damaged: {said}"
    if _was_reset(causes):
        return "connection reset by the server"
    what = "what came is no valid HTTP" if _is_no_http(causes[0]) else "the connection broke"
    return f"{what}: {said}"


def _tls(error: ssl.SSLError, site: Site) -> Fault:
    said = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    return fault_of(FaultKind.TLS, site.shown(f"TLS with {site.address.printable} failed: {said}"))


def _dns(error: socket.gaierror, site: Site) -> Fault:
    said = site.shown(error.strerror or "unknown host")
    fault = fault_of(FaultKind.DNS, f"the host of {site.address.printable} is unknown: {said}")
    return replace(fault, retryable=error.errno not in _GIVEN_UP)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and everything behind it, groups included; each once."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [cause for cause in (current.__cause__, current.__context__) if cause]
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
