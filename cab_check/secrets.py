"""The redactor: secrets are taken out of string values before anything is serialised or shown."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "[redacted]"
_SEARCHED_FROM = 8
_PART_FROM = 4
_HALF_FROM = 12


class Redactor:
    """Takes the given secrets out of texts and JSON values (ENDPOINTS §1).

    From 8 characters a secret is found anywhere: plain, URL-encoded, JSON-escaped, base64 at its
    three offsets. Somebody may have cut a text through it: its first or last half, from 12
    characters, is taken out as well. A shorter one only where it is the whole value; `short` says
    that there is one.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if secret}
        self.short = any(len(secret) < _SEARCHED_FROM for secret in known)
        self._whole = frozenset(secret for secret in known if len(secret) < _SEARCHED_FROM)
        forms = {form for secret in known - self._whole for form in _forms(secret)}
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    def text(self, text: str) -> str:
        """Return the text without any secret."""
        if text in self._whole:
            return MASK
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        for form in self._forms:
            text = _without_parts(text, form)
        return text

    def clear_of(self, text: str, position: int) -> tuple[int, int]:
        """Return where a cut at `position` must go so as not to go through a secret.

        The first is for what is kept before the cut, the second for what is kept after it.
        """
        before = after = position
        for form in self._forms:
            begin = text.find(form, max(0, position - len(form) + 1), position + len(form) - 1)
            if begin >= 0:
                before, after = min(before, begin), max(after, begin + len(form))
        return before, after

    def ends(self, head: str, tail: str) -> tuple[str, str]:
        """Return the two ends of a text whose middle was left out, without any secret.

        A secret that the cut went through is searched for as well: from 4 characters of its
        beginning at the head's end, or of its end at the tail's beginning.
        """
        head, tail = self.text(head), self.text(tail)
        for form in self._forms:
            for length in range(len(form) - 1, _PART_FROM - 1, -1):
                if head.endswith(form[:length]):
                    head = head[:-length] + MASK
                if tail.startswith(form[-length:]):
                    tail = MASK + tail[length:]
        return head, tail

    def value(self, value: object) -> object:
        """Return a JSON value whose strings hold no secret; keys stay as they are."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return value

    @property
    def longest_bytes(self) -> int:
        """How long a secret is at most in any form that is searched for."""
        return max((len(form.encode()) for form in self._forms), default=0)

    def spans(self, data: bytes) -> tuple[tuple[int, int], ...]:
        """Return where secrets stand in UTF-8 bytes, from the left and without overlaps."""
        found: list[tuple[int, int]] = []
        for form in map(str.encode, self._forms):
            start = data.find(form)
            while start >= 0:
                end = start + len(form)
                if all(end <= begin or start >= stop for begin, stop in found):
                    found.append((start, end))
                start = data.find(form, end)
        return tuple(sorted(found))

    def holds_secret(self, text: str) -> bool:
        """Say whether the text holds a secret in any of its forms."""
        return self.text(text) != text


def _without_parts(text: str, form: str) -> str:
    """Take out what a cut left of a secret: its first half and more, or its last half and more."""
    half = max(_HALF_FROM, (len(form) + 1) // 2)
    if half >= len(form):
        return text
    while (begin := text.find(form[:half])) >= 0:
        end = begin + half
        while end < len(text) and end - begin < len(form) and text[end] == form[end - begin]:
            end += 1
        text = text[:begin] + MASK + text[end:]
    while (begin := text.find(form[-half:])) >= 0:
        end, more = begin + half, half
        while begin > 0 and more < len(form) and text[begin - 1] == form[-more - 1]:
            begin, more = begin - 1, more + 1
        text = text[:begin] + MASK + text[end:]
    return text


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    escaped |= {form.replace("/", "\\/") for form in escaped}
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), *escaped}
    for offset in range(3):
        # the characters that depend on what stands before or after the secret are left out
        skip = (0, 2, 3)[offset]
        usable = (offset + len(raw)) * 8 // 6
        for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(alphabet(b"\0" * offset + raw).decode()[skip:usable])
    return {form for form in forms if len(form) >= _SEARCHED_FROM}


def hide_in_argv(secrets: Iterable[str]) -> bool:
    """Overwrite the secrets in this process's own argv, as other users see it in `ps`.

    Returns False where that is impossible (not Linux, or the kernel does not tell where argv lies).
    A secret that is not in argv is no failure. Call it before any child exists.
    """
    import ctypes  # noqa: PLC0415 - only a command that is handed a key needs it

    wanted = [secret.encode() for secret in secrets if secret]
    try:
        with open("/proc/self/stat", "rb") as file:  # noqa: PTH123 - read once at start-up
            fields = file.read().rpartition(b")")[2].split()
        # proc(5): arg_start and arg_end are fields 48 and 49; the split begins at field 3
        start, end = int(fields[45]), int(fields[46])
        if start == 0 or end <= start:
            return False
        argv = (ctypes.c_char * (end - start)).from_address(start)
    except (OSError, ValueError, IndexError):
        return False
    for secret in wanted:
        position = argv.raw.find(secret)
        while position >= 0:
            ctypes.memset(start + position, ord("x"), len(secret))
            position = argv.raw.find(secret, position + len(secret))
    return True


def url_secrets(url: str) -> set[str]:
    """Return the secrets that a URL carries: userinfo and query values."""
    parts = urlsplit(url)
    found = {value for _, value in parse_qsl(parts.query)}
    found |= {part for part in (parts.username, parts.password) if part}
    return found


def printable_url(url: str) -> str:
    """Return the URL without userinfo and query values, as it may be printed or kept."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(f"{name}=…" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, host, parts.path, query, ""))
