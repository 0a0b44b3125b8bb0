"""Which endpoint, which key: flags first, then the environment, then a hidden prompt."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from cab_check.cli import output
from cab_check.errors import UsageError
from cab_check.secrets import Redactor, hide_in_argv, url_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Secrets = tuple[str, str, tuple[tuple[str, str], ...]]

_OPENAI_HOST = "api.openai.com"
_LOOPBACK = re.compile(r"(//|^)(localhost|127\.[0-9.]+|\[::1\]|::1)([:/]|$)")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """How the user handed the key over: at most one of the three."""

    key: str | None
    variable: str | None
    stdin: bool


def find_url(given: str | None) -> str:
    """Return the endpoint's URL: --endpoint, CAB_ENDPOINT, OPENAI_BASE_URL."""
    url = given or os.environ.get("CAB_ENDPOINT") or os.environ.get("OPENAI_BASE_URL")
    if not url or not url.strip():
        raise UsageError(
            "no endpoint",
            hint="give --endpoint URL or set CAB_ENDPOINT; `cab demo` needs none",
        )
    return url.strip()


def find_key(options: KeyOptions, urls: Sequence[str]) -> str:
    """Return the key, "" when there is none; it is never printed, and wiped from argv.

    Order: --key, --key-env, --key-stdin, CAB_KEY, OPENAI_API_KEY, a hidden prompt on a terminal.
    """
    named = [options.key is not None, options.variable is not None, options.stdin]
    if sum(named) > 1:
        raise UsageError("the key is given twice", hint="one of --key, --key-env, --key-stdin")
    key = _explicit(options)
    if key is None:
        key = os.environ.get("CAB_KEY") or _openai_key(urls) or _prompt(urls)
    _check_shape(key)
    return key


def _explicit(options: KeyOptions) -> str | None:
    if options.key is not None:
        return options.key.strip()
    if options.stdin:
        key = sys.stdin.readline().strip()
        if not key:
            raise UsageError("--key-stdin: nothing on standard input", hint="pipe the key in")
        return key
    if options.variable is None:
        return None
    key = os.environ.get(options.variable, "").strip()
    if not key:
        raise UsageError(
            f"--key-env: {options.variable} is not set or empty", hint="export it first"
        )
    return key


def _openai_key(urls: Sequence[str]) -> str | None:
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key:
        return None
    for url in urls:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or "?"
        if host != _OPENAI_HOST:
            output.say(f"note: the key in OPENAI_API_KEY goes to {host}")
    return key


def _prompt(urls: Sequence[str]) -> str:
    interactive = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    here = all(_LOOPBACK.search(url) for url in urls)
    if not interactive or os.environ.get("CI") or here:
        return ""
    answer: str = click.prompt(
        "Key (hidden; empty for none)", default="", hide_input=True, show_default=False, err=True
    )
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
