"""What a fault may say about the endpoint: everything shown is redacted and short."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.secrets import printable_url

if TYPE_CHECKING:
    from cab_check.endpoint.address import Address
    from cab_check.endpoint.stacks import Stack
    from cab_check.secrets import Redactor

_SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class Site:
    """One endpoint as faults may name it.

    `connect_s` is its connect timer, `keyless` says that no key is sent at all, `stack` what serves
    it where its list of models told, `settled` that the address has answered before, `unlisted`
    that its list of models lacks this one. `extra` are the keys that --extra-body adds.
    """

    address: Address
    redactor: Redactor = field(repr=False)
    connect_s: float = 10.0
    keyless: bool = False
    stack: Stack | None = None
    settled: bool = False
    unlisted: bool = False
    extra: tuple[str, ...] = ()

    def added(self, said: str) -> str | None:
        """Return the key of --extra-body that a refusal names, if it names one."""
        found = (key for key in self.extra if re.search(rf"\b{re.escape(key)}\b", said))
        return next(found, None)

    def shown(self, text: str) -> str:
        """Return a stranger's text as one short line without secrets or control characters."""
        # redacted before it is cut: half a secret would no longer be found
        clean = self.redactor.text(text)
        line = " ".join("".join(c if c.isprintable() else " " for c in clean).split())
        return line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]}…"

    def shown_url(self, url: str) -> str:
        """Return a URL that a stranger named, without credentials and query values."""
        try:
            return self.shown(printable_url(url))
        except ValueError:
            return "an address that is none"
