"""Reading the body of POST /v1/chat/completions into a ChatRequest.

Fields that are not known here are let pass, as most servers do; those that are known are checked.
Sampling fields are checked and have no effect: the actors do not sample.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from cab_check.demo.apierror import invalid
from cab_check.demo.chat import ChatRequest, DeclaredTool
from cab_check.demo.history import read_messages
from cab_check.demo.shape import (
    a_boolean,
    a_name,
    a_string,
    a_whole_number,
    an_array,
    an_object,
    load_json,
    required,
)
from cab_check.demo.tokens import count_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LIMITS = ("max_completion_tokens", "max_tokens")
_MOST_TEMPERATURE = 2


def parse_chat(body: bytes) -> ChatRequest:
    """Return the checked request; ApiError 400 names the field that is wrong."""
    fields = an_object(load_json(body, what="request's body"), "body")
    stream = a_boolean(fields.get("stream"), "stream", default=False)
    tools = _read_tools(fields)
    _check_sampling(fields)
    return ChatRequest(
        model=a_name(required(fields, "model", "model"), "model"),
        messages=read_messages(required(fields, "messages", "messages")),
        tools=tools if _may_call(fields, tools) else (),
        parallel=_read_parallel(fields, tools),
        stream=stream,
        include_usage=_read_include_usage(fields, stream=stream),
        max_tokens=_read_max_tokens(fields),
        prompt_tokens=count_json([fields["messages"], fields.get("tools")]),
        seed=hashlib.sha256(body).hexdigest(),
    )


def _read_tools(fields: Mapping[str, object]) -> tuple[DeclaredTool, ...]:
    if (value := fields.get("tools")) is None:
        return ()
    tools = [_read_tool(item, f"tools[{at}]") for at, item in enumerate(an_array(value, "tools"))]
    if len({tool.name for tool in tools}) < len(tools):
        raise invalid("Two tools have the same name.", param="tools")
    return tuple(tools)


def _read_tool(value: object, at: str) -> DeclaredTool:
    tool = an_object(value, at)
    if required(tool, "type", f"{at}.type") != "function":
        message = f"`{at}.type` must be 'function'."
        raise invalid(message, param=f"{at}.type", code="invalid_value")
    function = an_object(required(tool, "function", f"{at}.function"), f"{at}.function")
    name = a_string(required(function, "name", f"{at}.function.name"), f"{at}.function.name")
    if _TOOL_NAME.fullmatch(name) is None:
        message = f"{name!r} is no tool name: 1 to 64 letters, digits, underscores, hyphens."
        raise invalid(message, param=f"{at}.function.name", code="invalid_value")
    if (description := function.get("description")) is not None:
        a_string(description, f"{at}.function.description")
    return DeclaredTool(name, _read_schema(function.get("parameters"), f"{at}.function.parameters"))


def _read_schema(value: object, param: str) -> Mapping[str, object]:
    schema = an_object({} if value is None else value, param)
    if schema and schema.get("type") != "object":
        message = f"`{param}` must be a JSON Schema of type 'object'."
        raise invalid(message, param=param, code="invalid_function_parameters")
    an_object(schema.get("properties", {}), f"{param}.properties")
    return schema


def _may_call(fields: Mapping[str, object], tools: tuple[DeclaredTool, ...]) -> bool:
    choice = fields.get("tool_choice")
    if choice is None:
        return True
    if not tools:
        raise invalid("`tool_choice` needs `tools`.", param="tool_choice")
    if choice not in ("auto", "none"):
        message = "The actors here choose for themselves: `tool_choice` is 'auto' or 'none'."
        raise invalid(message, param="tool_choice", code="unsupported_value")
    return choice == "auto"


def _read_parallel(fields: Mapping[str, object], tools: tuple[DeclaredTool, ...]) -> bool:
    value = fields.get("parallel_tool_calls")
    if value is not None and not tools:
        raise invalid("`parallel_tool_calls` needs `tools`.", param="parallel_tool_calls")
    return a_boolean(value, "parallel_tool_calls", default=True)


def _read_include_usage(fields: Mapping[str, object], *, stream: bool) -> bool:
    value = fields.get("stream_options")
    if value is None:
        return False
    if not stream:
        raise invalid("`stream_options` needs `stream`.", param="stream_options")
    options = an_object(value, "stream_options")
    param = "stream_options.include_usage"
    return a_boolean(options.get("include_usage"), param, default=False)


def _read_max_tokens(fields: Mapping[str, object]) -> int | None:
    given = [name for name in _LIMITS if fields.get(name) is not None]
    if len(given) > 1:
        message = "`max_tokens` and `max_completion_tokens` exclude each other."
        raise invalid(message, param="max_tokens")
    return a_whole_number(fields[given[0]], given[0], least=1) if given else None


def _check_sampling(fields: Mapping[str, object]) -> None:
    if (count := fields.get("n")) is not None and a_whole_number(count, "n", least=1) != 1:
        message = "The actors here give one choice: `n` is 1."
        raise invalid(message, param="n", code="unsupported_value")
    heat = fields.get("temperature")
    if heat is None:
        return
    if isinstance(heat, bool) or not isinstance(heat, int | float):
        raise invalid("`temperature` must be a number.", param="temperature", code="invalid_type")
    if not 0 <= heat <= _MOST_TEMPERATURE:
        message = f"`temperature` must lie between 0 and {_MOST_TEMPERATURE}."
        raise invalid(message, param="temperature", code="invalid_value")
