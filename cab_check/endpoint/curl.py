"""The one line that repeats a failed request, as it was sent, with nothing secret in it."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from cab_check.secrets import printable_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cab_check.endpoint.address import Address
    from cab_check.endpoint.exchange import Outgoing
    from cab_check.secrets import Redactor
    from cab_check.settings import EndpointSettings

_NO_NAME = re.compile("[^A-Za-z0-9]+")
BODY_NAME = "failed-request.json"
_SHORT_BYTES = 1000
# Linux hands a program no argument of more than 128 KiB
_LONGEST_BYTES = 120_000


def command(
    outgoing: Outgoing,
    settings: EndpointSettings,
    address: Address,
    *,
    redactor: Redactor,
    folder: Path | None = None,
) -> str | None:
    """Return a curl command that sends the same request; the key comes from $CAB_KEY.

    A body that is not short is written to `folder`. Values of the user's own headers and of the
    URL's query and what stands before its `@` are secrets, too: variables stand for them, named
    after what they hold ($CAB_HEADER_X_TEAM, $CAB_QUERY_API_VERSION, $CAB_USERINFO). None when the
    body fits nowhere.
    """
    words = ["curl", "-sSiN" if outgoing.stream else "-sSi"]
    if settings.ca_bundle is not None:
        words += ["--cacert", shlex.quote(str(settings.ca_bundle))]
    words += _credentials(settings, address)
    if outgoing.body:
        data = _data(redactor.text(outgoing.body.decode("utf-8", "replace")), folder)
        if data is None:
            return None
        words += ["-H 'Content-Type: application/json'", "-d", shlex.quote(data)]
    return " ".join([*words, _url(outgoing.url)])


def _url(url: str) -> str:
    """Write the URL with a variable for each value of its query, as it stands in the URL."""
    plain, _, query = url.partition("?")
    if not query:
        return shlex.quote(printable_url(url))
    words = [_quoted(f"{printable_url(plain)}?")]
    for number, part in enumerate(query.split("&"), 1):
        name, sign, _ = part.partition("=")
        words.append(_quoted("&") if number > 1 else "")
        words.append(_quoted(name + sign) if sign else "")
        words.append(_variable("QUERY", name if sign else str(number)))
    return "".join(words)


def _variable(what: str, name: str) -> str:
    """Return the shell's word for a value that nobody may see."""
    return f'"$CAB_{what}_{_NO_NAME.sub("_", name).upper()}"'


def _quoted(text: str) -> str:
    """Quote a text for the shell, whatever it holds; what comes after it joins on."""
    return "'" + text.replace("'", "'\\''") + "'"


def _credentials(settings: EndpointSettings, address: Address) -> Iterator[str]:
    named = {name.lower() for name, _ in settings.headers}
    if "authorization" not in named:
        if settings.key:
            yield '-H "Authorization: Bearer $CAB_KEY"'
        elif address.userinfo is not None:
            yield '-u "$CAB_USERINFO"'
    for name, value in settings.headers:
        # the key may go by another name, as Azure's does
        known = value == settings.key
        yield f"-H {_quoted(f'{name}: ')}" + ('"$CAB_KEY"' if known else _variable("HEADER", name))


def _data(body: str, folder: Path | None) -> str | None:
    size = len(body.encode())
    if folder is not None and size > _SHORT_BYTES:
        path = folder.absolute() / BODY_NAME
        if _written(path, body):
            return f"@{path}"
    return body if size <= _LONGEST_BYTES else None


def _written(path: Path, body: str) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, no path
            file.write(body.encode())
    except OSError:
        return False
    return True
