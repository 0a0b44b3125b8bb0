"""`scripted:<file.json>`: a list of replies, one for each assistant turn.

    [{"text": "…", "tool_calls": [{"name": "…", "arguments": {…} or "raw text"}],
      "reasoning": "…", "finish_reason": "…", "delay_ms": 0,
      "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2} or null},
     {"status": 429, "error": "message" or {"message", "type", "param", "code"}, "delay_ms": 0}]

The turn is the number of assistant messages in the request, so a repeated request gets the same
reply. Without `usage` it is counted; with null it is left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cab_check.demo.apierror import ApiError, invalid, model_not_found
from cab_check.demo.reply import Call, Failure, Reply, Usage, UsageRule
from cab_check.demo.shape import (
    a_name,
    a_string,
    a_whole_number,
    an_array,
    an_object,
    load_json,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cab_check.demo.chat import ChatRequest

_REPLY_KEYS = {"text", "tool_calls", "reasoning", "finish_reason", "usage", "delay_ms"}
_FAILURE_KEYS = {"status", "error", "delay_ms"}
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")
_DETAILS = ("cached_tokens", "reasoning_tokens")
_STATUSES = range(200, 600)


@dataclass(frozen=True, slots=True)
class Script:
    """The actor that says what a file says."""

    name: str
    replies: tuple[Reply | Failure, ...]

    def reply(self, request: ChatRequest) -> Reply | Failure:
        """Return the reply for the turn; ApiError 400 when the script is over."""
        if request.turn >= len(self.replies):
            message = f"The script {self.name} is over after {len(self.replies)} replies."
            raise invalid(message, param="messages", code="script_over")
        return self.replies[request.turn]


def read_script(path: Path) -> Script:
    """Read a script; ApiError 404 when there is none, 400 naming file and key when it is wrong."""
    name = str(path)
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise model_not_found(f"scripted:{name}", f"the script {name} cannot be read") from error
    try:
        value = load_json(data, what="script")
        replies = [_read_turn(item, f"[{at}]") for at, item in enumerate(an_array(value, "script"))]
    except ApiError as error:
        message = f"The script {name} is wrong: {error.message}"
        raise invalid(message, param=error.param, code="invalid_script") from error
    return Script(name, tuple(replies))


def _read_turn(value: object, at: str) -> Reply | Failure:
    fields = an_object(value, at)
    if "status" in fields or "error" in fields:
        _refuse_unknown(fields, _FAILURE_KEYS, at)
        return _read_failure(fields, at)
    _refuse_unknown(fields, _REPLY_KEYS, at)
    return Reply(
        text=_text(fields, "text", at),
        reasoning=_text(fields, "reasoning", at),
        calls=_read_calls(fields, at),
        finish_reason=_text(fields, "finish_reason", at),
        usage=_read_usage(fields, at),
        delay_s=_delay_s(fields, at),
    )


def _read_calls(fields: Mapping[str, object], at: str) -> tuple[Call, ...]:
    if fields.get("tool_calls") is None:
        return ()
    param = f"{at}.tool_calls"
    calls = an_array(fields["tool_calls"], param)
    return tuple(_read_call(item, f"{param}[{n}]") for n, item in enumerate(calls))


def _read_call(value: object, at: str) -> Call:
    call = an_object(value, at)
    _refuse_unknown(call, {"name", "arguments"}, at)
    name = a_name(required(call, "name", f"{at}.name"), f"{at}.name")
    arguments = required(call, "arguments", f"{at}.arguments")
    if isinstance(arguments, str):
        return Call(name, arguments)
    given = an_object(arguments, f"{at}.arguments")
    return Call(name, json.dumps(given, ensure_ascii=False))


def _read_usage(fields: Mapping[str, object], at: str) -> Usage | UsageRule:
    if "usage" not in fields:
        return UsageRule.COUNTED
    if fields["usage"] is None:
        return UsageRule.LEFT_OUT
    usage = an_object(fields["usage"], f"{at}.usage")
    _refuse_unknown(usage, {*_COUNTS, *_DETAILS}, f"{at}.usage")
    names = (*_COUNTS, *(name for name in _DETAILS if name in usage))
    counts = {name: _count(usage, name, f"{at}.usage.{name}") for name in names}
    return Usage(**counts)


def _count(usage: Mapping[str, object], name: str, param: str) -> int:
    return a_whole_number(required(usage, name, param), param, least=0)


def _read_failure(fields: Mapping[str, object], at: str) -> Failure:
    status = a_whole_number(required(fields, "status", f"{at}.status"), f"{at}.status", least=0)
    if status not in _STATUSES:
        raise invalid(f"`{at}.status` must be from 200 to 599.", param=f"{at}.status")
    error = fields.get("error", f"A scripted failure with status {status}.")
    known = {"message": error} if isinstance(error, str) else an_object(error, f"{at}.error")
    _refuse_unknown(known, {"message", "type", "param", "code"}, f"{at}.error")
    at_error = f"{at}.error"
    code = known.get("code")
    return Failure(
        status=status,
        message=_text(known, "message", at_error) or "",
        kind=_text(known, "type", at_error) or _kind(status),
        param=_text(known, "param", at_error),
        code=code if isinstance(code, int) else _text(known, "code", at_error),
        delay_s=_delay_s(fields, at),
    )


def _kind(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    internal = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return "server_error" if internal else "invalid_request_error"


def _delay_s(fields: Mapping[str, object], at: str) -> float:
    return a_whole_number(fields.get("delay_ms", 0), f"{at}.delay_ms", least=0) / 1000


def _text(fields: Mapping[str, object], key: str, at: str) -> str | None:
    value = fields.get(key)
    return None if value is None else a_string(value, f"{at}.{key}")


def _refuse_unknown(fields: Mapping[str, object], known: set[str], at: str) -> None:
    for key in fields:
        if key not in known:
            names = ", ".join(sorted(known))
            message = f"`{at}.{key}` is not known; the keys here are {names}."
            raise invalid(message, param=f"{at}.{key}", code="unknown_key")
