"""Machine: what tells whose computer a text comes from, and the text without it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SHORTEST = 3
_NOBODY_S = frozenset(
    {"root", "user", "users", "admin", "nobody", "runner", "ubuntu", "debian", "localhost"}
)
"""Names that tell nothing of whom or where, and that are words of any log as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Directories, and the stand-in of each, with the names of a user and a host.

    Everything here, the choice and the stand-ins, is ours.
    """

    directories: tuple[tuple[Path, str], ...]
    user: str
    host: str

    def reduced(self, text: str) -> str:
        """Return the text with directories as `~`, `.`, `<state>`, `<tmp>`, and without names."""
        forms = {
            str(form): standin
            for path, standin in self.directories
            for form in (path, path.resolve())
            if len(form.parts) > 1  # the root of all would be everywhere
        }
        for form in sorted(forms, key=len, reverse=True):
            # JSON may write a slash as \/; a longer name that begins alike is another one's
            pattern = re.escape(form).replace("/", r"\\?/")
            text = re.sub(rf"(?<![\w.~-]){pattern}(?![\w-])", _plain(forms[form]), text)
        for name, standin in ((self.host, "<host>"), (self.host.partition(".")[0], "<host>"),
                              (self.user, "<user>")):  # fmt: skip
            if len(name) >= _SHORTEST and name.lower() not in _NOBODY_S:
                text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", standin, text)
        return text


def _plain(standin: str) -> str:
    return standin.replace("\\", r"\\")
