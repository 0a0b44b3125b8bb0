"""What a fault may say about the endpoint: everything shown is redacted and short."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.secrets import printable_url

if TYPE_CHECKING:
    from cab_check.endpoint.address import Address
    from cab_check.secrets import Redactor

_SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class Site:
    """One endpoint as faults may name it.

    `connect_s` is its connect timer, `keyless` says that no key is sent at all, `about_models` that
    a request for the list of models failed.
    """

    address: Address
    model: str
    redactor: Redactor = field(repr=False)
    connect_s: float = 10.0
    keyless: bool = False
    header_names: tuple[str, ...] = ()
    about_models: bool = False

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

    def with_curl(self, hint: str) -> str:
        """Add the one line that repeats the request; its key comes from the environment."""
        return f"{hint}\ntry: {self.redactor.text(self._curl())}"

    def _curl(self) -> str:
        words = ["curl -sS"]
        if not self.keyless:
            words.append('-H "Authorization: Bearer $CAB_KEY"')
        words += [f"-H {shlex.quote(f'{name}: …')}" for name in self.header_names]
        if self.about_models:
            return " ".join([*words, shlex.quote(printable_url(self.address.models_url))])
        body = (
            f'{{"model":{json.dumps(self.model)},"messages":[{{"role":"user","content":"hi"}}],'
            '"tools":[{"type":"function","function":{"name":"now","parameters":'
            '{"type":"object","properties":{}}}}]}'
        )
        words += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
        return " ".join([*words, shlex.quote(printable_url(self.address.chat_url))])
