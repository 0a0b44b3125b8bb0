"""Which endpoint, which key: flags first, then the environment, then a hidden prompt."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from cab_check.cli import output
from cab_check.cli.keyless import shown_variable, variable_name
from cab_check.endpoint.address import parse
from cab_check.errors import UsageError
from cab_check.secrets import Redactor, hide_in_argv, url_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Secrets = tuple[str, str, tuple[tuple[str, str], ...]]

FLAG, STDIN = "--key", "standard input"
OURS, OPENAI = "CAB_KEY", "OPENAI_API_KEY"
_OPENAI_HOST = "api.openai.com"
_LOOPBACK = re.compile(r"(//|^)(localhost|127\.[0-9.]+|\[::1\]|::1)([:/]|$)")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """How the user handed the key over: at most one of the three."""

    key: str | None = field(repr=False)
    variable: str | None
    stdin: bool

    @property
    def origin(self) -> str:
        """Return where the key is from: FLAG, STDIN, a variable's name, "" for nowhere.

        Order: --key, --key-env, --key-stdin, CAB_KEY, OPENAI_API_KEY. Raises UsageError.
        """
        if sum((self.key is not None, self.variable is not None, self.stdin)) > 1:
            raise UsageError("the key is given twice", hint="one of --key, --key-env, --key-stdin")
        if self.key is not None:
            return FLAG
        if self.stdin:
            return STDIN
        if self.variable is not None:
            return variable_name(self.variable, "--key-env")
        return next((name for name in (OURS, OPENAI) if os.environ.get(name, "").strip()), "")


def find_url(given: str | None) -> str:
    """Return the endpoint's URL: --endpoint, CAB_ENDPOINT, OPENAI_BASE_URL."""
    if given is not None:
        return given.strip()  # an empty one is told by who reads it
    url = os.environ.get("CAB_ENDPOINT") or os.environ.get("OPENAI_BASE_URL")
    if not url or not url.strip():
        raise UsageError(
            "no endpoint",
            hint="give --endpoint URL or set CAB_ENDPOINT; `cab demo` needs none",
        )
    return url.strip()


def find_key(options: KeyOptions, urls: Sequence[str], *, ask: bool = True) -> str:
    """Return the key, "" when there is none; it is never printed, and wiped from argv.

    Whoever has none is asked on a terminal, hidden, if `ask`. A key that goes to several origins,
    and the one of OPENAI_API_KEY that goes elsewhere, are told of in a line.
    """
    origin = options.origin
    if not origin:
        key = _prompt(urls) if ask else ""
    elif origin == FLAG:
        key = (options.key or "").strip()
    elif origin == STDIN:
        key = _from_stdin()
    else:
        key = key_in(origin, "--key-env")
    _check_shape(key)
    if key and origin:
        _tell_where(origin, urls)
    return key


def key_in(variable: str, place: str) -> str:
    """Return the key in a variable; raises UsageError, naming the place, when it is not set."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UsageError(
            f"{place}: {shown_variable(variable)} is not set or empty", hint="export it first"
        )
    _check_shape(key)
    return key


def origins(urls: Iterable[str]) -> dict[str, str]:
    """Return the hosts, each with its port where one was given, by scheme, host and port."""
    found = {}
    for url in urls:
        parts = urlsplit(parse(url).base)
        port = parts.port or _PORTS[parts.scheme]
        found[f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"] = parts.netloc
    return found


def _from_stdin() -> str:
    key = sys.stdin.readline().strip()
    if not key:
        raise UsageError("--key-stdin: nothing on standard input", hint="pipe the key in")
    return key


def _tell_where(origin: str, urls: Sequence[str]) -> None:
    hosts = origins(urls)
    elsewhere = any(urlsplit(place).hostname != _OPENAI_HOST for place in hosts)
    if len(hosts) > 1 or (origin == OPENAI and elsewhere):
        by = {FLAG: "given with --key", STDIN: "on standard input"}
        said = by.get(origin, f"in {origin}")
        output.say(f"note: the key {said} goes to {' and to '.join(hosts.values())}")


def _prompt(urls: Sequence[str]) -> str:
    interactive = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    here = all(_LOOPBACK.search(url) for url in urls)
    if not interactive or os.environ.get("CI") or here:
        return ""
    hosts = " and ".join(origins(urls).values())
    answer: str = click.prompt(
        f"Key for {hosts} (hidden; empty for none)",
        default="", hide_input=True, show_default=False, err=True,
    )  # fmt: skip
    return answer.strip()


def _check_shape(key: str) -> None:
    """Refuse what cannot be a key, without showing it (ENDPOINTS: row 46)."""
    what = None
    if "://" in key:
        what = "a URL"
    elif any(character.isspace() for character in key):
        what = "text with spaces"
    elif not key.isascii() or not key.isprintable():
        what = "text with characters that no header can carry"
    if what:
        raise UsageError(
            f"the key looks like {what}, not like a key (it is not shown)",
            hint="check what was pasted, or which variable it came from",
        )


def redactor_for(
    url: str,
    key: str,
    headers: tuple[tuple[str, str], ...],
    *,
    others: Iterable[Secrets] = (),
) -> Redactor:
    """Return the redactor of a run, hide the secrets in argv and guard all that is printed.

    `others` are the address, the key and the headers of each further endpoint.
    """
    secrets = _proxy_secrets(os.environ)
    for address, its_key, its_headers in ((url, key, headers), *others):
        secrets |= {its_key, *(value for _, value in its_headers), *url_secrets(address)}
    redactor = Redactor(secrets)
    output.guard(redactor)
    given = [secret for secret in secrets if any(secret in part for part in sys.argv)]
    if any(given) and not hide_in_argv(given):
        output.say(
            "warning: other users of this machine can see the key in the process list; "
            "CAB_KEY or --key-stdin avoids that"
        )
    return redactor


def _proxy_secrets(environ: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for name in _PROXIES:
        for variable in (name, name.lower()):
            parts = urlsplit(environ.get(variable, ""))
            found |= {part for part in (parts.username, parts.password) if part}
    return found
