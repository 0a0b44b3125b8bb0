"""Reading the messages of a request, as strictly as OpenAI does.

Every tool call is answered by exactly one tool message, before anybody else speaks, and no tool
message comes without its call. A server that is lax here hides a client's faults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.demo.apierror import invalid
from cab_check.demo.chat import ChatMessage, Role
from cab_check.demo.shape import a_name, a_string, an_array, an_object, required

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def read_messages(value: object) -> tuple[ChatMessage, ...]:
    """Return the checked messages; ApiError 400 names the first that is wrong."""
    messages = tuple(
        _read_message(item, f"messages[{at}]")
        for at, item in enumerate(an_array(value, "messages"))
    )
    _check_calls(messages)
    return messages


def _read_message(value: object, at: str) -> ChatMessage:
    fields = an_object(value, at)
    role = _read_role(required(fields, "role", f"{at}.role"), f"{at}.role")
    call_ids = _read_calls(fields, at) if role is Role.ASSISTANT else ()
    content = fields.get("content")
    # only an assistant that calls tools may say nothing
    text = None if content is None and call_ids else _read_content(content, f"{at}.content")
    answers = None
    if role is Role.TOOL:
        param = f"{at}.tool_call_id"
        answers = a_name(required(fields, "tool_call_id", param), param)
    return ChatMessage(role=role, text=text, call_ids=call_ids, answers=answers)


def _read_role(value: object, param: str) -> Role:
    name = a_string(value, param)
    if name not in set(Role):
        known = ", ".join(repr(role.value) for role in Role)
        message = f"{name!r} is no role; the roles are {known}."
        raise invalid(message, param=param, code="invalid_value")
    return Role(name)


def _read_content(value: object, param: str) -> str:
    """Return the text of a content field: a string, or an array of text parts."""
    if not isinstance(value, list):
        return a_string(value, param)
    return "".join(
        _read_part(part, f"{param}[{at}]") for at, part in enumerate(an_array(value, param))
    )


def _read_part(value: object, at: str) -> str:
    part = an_object(value, at)
    kind = a_string(required(part, "type", f"{at}.type"), f"{at}.type")
    if kind not in {"text", "refusal"}:
        message = f"Parts of type {kind!r} are not taken here; only text is."
        raise invalid(message, param=f"{at}.type", code="invalid_value")
    return a_string(required(part, kind, f"{at}.{kind}"), f"{at}.{kind}")


def _read_calls(message: Mapping[str, object], at: str) -> tuple[str, ...]:
    value = message.get("tool_calls")
    if value is None:
        return ()
    param = f"{at}.tool_calls"
    ids = [_read_call(item, f"{param}[{n}]") for n, item in enumerate(an_array(value, param))]
    if len(set(ids)) < len(ids):
        raise invalid(f"Two calls in `{param}` have the same id.", param=param)
    return tuple(ids)


def _read_call(value: object, at: str) -> str:
    call = an_object(value, at)
    if call.get("type") != "function":
        message = f"`{at}.type` must be 'function'."
        raise invalid(message, param=f"{at}.type", code="invalid_value")
    function = an_object(required(call, "function", f"{at}.function"), f"{at}.function")
    for field, check in (("name", a_name), ("arguments", a_string)):
        param = f"{at}.function.{field}"
        check(required(function, field, param), param)
    return a_name(required(call, "id", f"{at}.id"), f"{at}.id")


def _check_calls(messages: Sequence[ChatMessage]) -> None:
    open_calls: dict[str, int] = {}
    for at, message in enumerate(messages):
        if message.answers is not None:
            if open_calls.pop(message.answers, None) is None:
                text = f"The tool message answers {message.answers!r}, a call that is not open."
                raise invalid(text, param=f"messages[{at}].tool_call_id")
            continue
        _refuse_open(open_calls)
        open_calls = dict.fromkeys(message.call_ids, at)
    _refuse_open(open_calls)


def _refuse_open(open_calls: Mapping[str, int]) -> None:
    if open_calls:
        at = next(iter(open_calls.values()))
        missing = ", ".join(open_calls)
        text = f"Each tool call must be answered by a tool message; unanswered: {missing}."
        raise invalid(text, param=f"messages[{at}].tool_calls")
