"""The httpx clients of a run: headers, certificates, proxies, and errors put into our words."""

from __future__ import annotations

import base64
import re
import ssl
from typing import TYPE_CHECKING

from cab_check import __version__
from cab_check.endpoint.connections import KEEP_ALIVE_S
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from cab_check.endpoint.address import Address
    from cab_check.settings import EndpointSettings

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN = frozenset({"content-length", "transfer-encoding", "host", "connection"})


def opener(
    settings: EndpointSettings, address: Address, transport: httpx.AsyncBaseTransport | None
) -> Callable[[], httpx.AsyncClient]:
    """Return what makes a client; `transport` stands in for the network in tests.

    All that it makes share headers, cookies and certificates. Redirects are not followed. Proxies
    come from the environment. Raises UsageError for a header, a key or a certificate file that
    cannot be used; what it returns does for a proxy.
    """
    from http.cookiejar import CookieJar  # noqa: PLC0415 - costs start-up time

    import httpx  # noqa: PLC0415 - costs start-up time

    try:
        httpx.URL(address.chat_url)
    except httpx.InvalidURL as error:
        raise UsageError(
            f"the endpoint's address {address.printable!r} cannot be used",
            hint="check its host; write an international name in its ASCII form",
        ) from error
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEEP_ALIVE_S
    )
    timeout = httpx.Timeout(None, connect=settings.timers.connect_s)
    verify, sent, cookies = (
        _certificates(settings, address),
        headers(settings, address),
        CookieJar(),
    )

    def make() -> httpx.AsyncClient:
        try:
            return httpx.AsyncClient(
                headers=sent,
                cookies=cookies,
                verify=verify,
                timeout=timeout,
                limits=limits,
                follow_redirects=False,
                transport=transport,
            )
        except (ValueError, ImportError) as error:
            raise UsageError(
                "a proxy in the environment cannot be used",
                hint="look at HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY",
            ) from error

    return make


def headers(settings: EndpointSettings, address: Address) -> dict[str, str]:
    """Return the headers of every request; the key is in exactly one of them, or in none.

    A header of the user's own wins over ours. Raises UsageError for what no header can carry,
    without showing it.
    """
    found = {
        "accept": "application/json, text/event-stream",
        "accept-encoding": "gzip, deflate",
        "content-type": "application/json",
        "user-agent": f"cab-check/{__version__}",
    }
    authorization = _authorization(settings, address)
    if authorization:
        found["authorization"] = authorization
    for name, value in settings.headers:
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN:
            raise UsageError(f"{name!r} cannot be a header", hint="write --header 'Name: value'")
        if not _sendable(value):
            raise UsageError(
                f"the value of the header {name!r} cannot be sent",
                hint="a header's value is one line of ASCII",
            )
        found[name.lower()] = value
    return found


def _authorization(settings: EndpointSettings, address: Address) -> str:
    key = settings.key
    if key:
        if not _sendable(key) or any(character.isspace() for character in key):
            raise UsageError(
                "the key has spaces, line ends or characters beyond ASCII in it",
                hint="copy the key alone, without quotes, its name or a line end",
            )
        if re.match(r"https?://", key, re.IGNORECASE):
            raise UsageError(
                "the key looks like an address",
                hint="give the address as --endpoint, the key as --key",
            )
        if address.userinfo is not None:
            raise UsageError(
                "a key and a user name in the address both want the Authorization header",
                hint="leave one of them out",
            )
        return f"Bearer {key}"
    if address.userinfo is not None:
        return "Basic " + base64.b64encode(":".join(address.userinfo).encode()).decode()
    return ""


def _sendable(value: str) -> bool:
    return value.isascii() and (value.isprintable() or not value)


def _certificates(settings: EndpointSettings, address: Address) -> ssl.SSLContext:
    """Return what a server's certificate is checked against: a bundle, else system and certifi."""
    import httpx  # noqa: PLC0415 - costs start-up time

    if settings.ca_bundle is not None:
        try:
            return ssl.create_default_context(cafile=settings.ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"the certificates in {settings.ca_bundle} cannot be read",
                hint="--ca-bundle takes a PEM file",
            ) from error
    if not address.secure:
        # nothing to check: loading every authority would cost 20 ms and some memory
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context = httpx.create_ssl_context()
        context.load_default_certs()
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read",
            hint="let them name a PEM file and a directory, or unset them",
        ) from error
    return context
