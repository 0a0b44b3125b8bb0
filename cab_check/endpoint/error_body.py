"""What an error body says, in whichever of the shapes that servers use (ENDPOINTS §6, row 51)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from cab_check.endpoint.jsonvalue import dump, member, parse_json, string, whole_number

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(
    r"\s*(<!--.*?-->\s*)*(<!doctype html|<html|<head|<body)", re.IGNORECASE | re.DOTALL
)
_MESSAGE_NAMES = ("message", "detail", "msg", "error_message", "title", "reason", "error")
_TEXT_CHARS = 4000


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """An error as the server put it, not yet redacted. `status` is a code that is one of HTTP's."""

    message: str
    code: str = ""
    type: str = ""
    param: str = ""
    status: int | None = None

    @property
    def text(self) -> str:
        """Everything that it says, as one line to be searched."""
        return " ".join(part for part in (self.code, self.type, self.param, self.message) if part)


def find_error(value: object) -> ErrorDetail | None:
    """Return the error that a parsed 200 carries, None when it carries none.

    `error` counts before `choices`; null, false and empty ones say that there was none.
    """
    if isinstance(value, list):
        # Google's gateways wrap their error in a list
        return find_error(value[0]) if value and isinstance(value[0], dict) else None
    error = member(value, "error")
    if error:
        return _detail(error)
    if member(value, "object") == "error" or member(value, "type") == "error":
        return _detail(value)
    return None


def choice_error(choice: object) -> ErrorDetail | None:
    """Return the error that a choice carries instead of an answer, as routers put it there."""
    found = find_error(choice)
    if found is None and member(choice, "finish_reason") == "error":
        return ErrorDetail("finish_reason is error")
    return found


def read_error(body: str) -> ErrorDetail:
    """Return what the body of an error status says; its text when it is of no known shape."""
    # some servers answer a streamed request with one event, whatever its status
    text = body.strip().removeprefix("data:").strip()
    try:
        value = parse_json(text)
    except ValueError:
        return ErrorDetail(text[:_TEXT_CHARS])
    return find_error(value) or _detail(value)


def html_title(body: str) -> str | None:
    """Return an HTML page's title (maybe empty), None when the text is no page."""
    if not _HTML.match(body):
        return None
    found = _TITLE.search(body)
    # whole: whoever shows it takes secrets out before it is cut
    return " ".join(html.unescape(found.group(1)).split()) if found else ""


def _detail(error: object) -> ErrorDetail:
    code = member(error, "code")
    number = whole_number(code)
    if number is None and isinstance(code, str) and code.isdecimal() and code.isascii():
        number = int(code[:4])
    if number is None:
        number = whole_number(member(error, "status"))
    return ErrorDetail(
        _message(error)[:_TEXT_CHARS],
        code=str(code) if isinstance(code, str | int) else "",
        type=string(member(error, "type")) or string(member(error, "status")),
        param=string(member(error, "param")),
        status=number if number is not None and 400 <= number < 600 else None,  # noqa: PLR2004 - HTTP
    )


def _message(error: object) -> str:
    if isinstance(error, str):
        return error
    if isinstance(error, list):
        return "; ".join(_message(inner) for inner in error[:5])
    for name in _MESSAGE_NAMES:
        inner = member(error, name)
        if inner:
            return _with_place(error, _message(inner)) + _raw(error)
    return dump(error) if error is not None else ""


def _with_place(error: object, message: str) -> str:
    """Put in front what a validation error is about: FastAPI names it in `loc`."""
    place = member(error, "loc")
    if isinstance(place, list):
        return f"{'.'.join(str(step) for step in place)}: {message}"
    return message


def _raw(error: object) -> str:
    """Return what the provider behind a router said, which the router keeps in `metadata.raw`."""
    raw = string(member(member(error, "metadata"), "raw"))
    return f" ({raw})" if raw else ""
