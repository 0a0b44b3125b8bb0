"""The endpoint's address: the forms in which people paste it, and the URLs that follow from it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from cab_check.errors import UsageError
from cab_check.secrets import printable_url

_HINT = "give the base URL that the server documents, such as https://api.example.com/v1"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_MISSPELT = re.compile(r"https?(:/?[^/]|//)", re.IGNORECASE)
_VERSIONED = re.compile(r"/v\d+[a-z0-9]*$", re.IGNORECASE)
_PASTED = "/chat/completions"
_HOST = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Where requests go. `base` has neither query nor credentials and no slash at its end.

    `query` is kept for servers that want one (Azure's api-version); `userinfo` is what stood
    before the `@`. Both are secrets.
    """

    base: str
    query: str = field(default="", repr=False)
    userinfo: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def chat_url(self) -> str:
        """The URL of chat completions, query included."""
        return self._below(_PASTED)

    @property
    def models_url(self) -> str:
        """The URL of the list of models, query included."""
        return self._below("/models")

    @property
    def printable(self) -> str:
        """The base as it may be shown: query values are left out."""
        return printable_url(f"{self.base}?{self.query}" if self.query else self.base)

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken to it."""
        return self.base.startswith("https:")

    def with_version(self) -> Address | None:
        """Return the same address below `/v1`, None where it names a version already."""
        if _VERSIONED.search(self.base):
            return None
        return replace(self, base=f"{self.base}/v1")

    def _below(self, path: str) -> str:
        return f"{self.base}{path}" + (f"?{self.query}" if self.query else "")


def parse(url: str) -> Address:
    """Read an address as a person typed it (ENDPOINTS §1).

    The scheme is added where it is missing (https; http for loopback); slashes at the end and a
    pasted /chat/completions are taken away. Raises UsageError for what cannot be an address.
    """
    text = url.strip()
    if not text:
        raise UsageError("the endpoint's address is empty", hint=_HINT)
    if any(character.isspace() or not character.isprintable() for character in text):
        raise _malformed(text, "has a space or a control character in it")
    if not _SCHEME.match(text):
        if _MISSPELT.match(text):
            raise _malformed(text, "misspells its scheme")
        text = f"{_scheme_for(text)}://{text}"
    return _address(text)


def _address(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise _malformed(text, "has no valid host and port") from error
    if parts.scheme not in {"http", "https"}:
        raise _malformed(text, f"has the scheme {parts.scheme}, and only http and https will do")
    if not host:
        raise _malformed(text, "names no host")
    if not _valid_host(host):
        raise _malformed(text, "has a host that cannot be one")
    if port == 0 or parts.netloc.endswith(":"):
        raise _malformed(text, "has no valid port")
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port is None else f"{shown}:{port}"
    path = parts.path.rstrip("/")
    if path.lower().endswith(_PASTED):
        path = path[: -len(_PASTED)].rstrip("/")
    userinfo = None
    if parts.username is not None:
        userinfo = (unquote(parts.username), unquote(parts.password or ""))
    return Address(f"{parts.scheme}://{authority}{path}", parts.query, userinfo)


def _scheme_for(text: str) -> str:
    """Return http for loopback and https for everything else."""
    netloc = re.split(r"[/?#]", text, maxsplit=1)[0].rpartition("@")[2]
    host = netloc.partition("]")[0].strip("[") if netloc.startswith("[") else netloc.split(":")[0]
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return "http"
    try:
        return "http" if ipaddress.ip_address(host).is_loopback else "https"
    except ValueError:
        return "https"


def _valid_host(host: str) -> bool:
    if ":" in host:
        return _is_ip(host)
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError:
        return False
    return _HOST.fullmatch(ascii_host) is not None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _malformed(text: str, fault: str) -> UsageError:
    """Name the address without what may be a secret in it, even where it cannot be parsed."""
    scheme = _SCHEME.match(text)
    start = scheme.group() if scheme else ""
    rest = re.split(r"[?#]", text[len(start) :], maxsplit=1)[0].rpartition("@")[2]
    shown = "".join(character if character.isprintable() else "�" for character in start + rest)
    return UsageError(f"the endpoint's address {shown!r} {fault}", hint=_HINT)
