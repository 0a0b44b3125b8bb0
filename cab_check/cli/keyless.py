"""What may be a secret where none belongs, in a file or for a variable's name: refused, not shown.

The names of variables are shown only where they look like names: people paste a key there.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from cab_check.endpoint.address import parse
from cab_check.errors import UsageError

_SECRET = re.compile(
    r"(.*-)?(key|apikey|keys|headers?|authorization|bearer|token|secret|password|credentials?)",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,39}")
_HARMLESS = frozenset({"api-version"})


def refuse_secret(name: str, place: str) -> None:
    """Raise UsageError when a key of a file is the name of a secret."""
    if _SECRET.fullmatch(name.replace("_", "-")):
        raise UsageError(
            f"{place}: {name!r} may hold a secret (it is not shown)",
            hint="keys do not belong in files: name a variable with key_env, or give --header",
        )


def refuse_credentials(url: str, place: str) -> None:
    """Raise UsageError when an address that stands in a file carries what may be a secret."""
    address = parse(url)
    names = {name for name, _ in parse_qsl(address.query, keep_blank_values=True)}
    if address.userinfo is not None or names - _HARMLESS:
        raise UsageError(
            f"{place}: an address with a user name or a query may hold a secret",
            hint="give such an address with --endpoint or CAB_ENDPOINT",
        )


def variable_name(text: str, place: str) -> str:
    """Return the name of a variable; raises UsageError for what cannot be one, without it."""
    if not _VARIABLE.fullmatch(text):
        raise UsageError(
            f"{place}: that is no variable's name (it is not shown: it may be a key)",
            hint="name the variable that holds the key, as in CAB_KEY",
        )
    return text


def shown_variable(name: str) -> str:
    """Return a variable's name where it looks like one, else that it is not shown."""
    return name if _SHOWABLE.fullmatch(name) else "the variable named there (it may be a key)"
