"""Tool calls that leaked into text: what is one, in which dialect, and what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.agent.leaks import Dialect, find_leak
from cab_check.agent.tools import tool_specs
from cab_check.settings import AgentSettings, BoxLimits

SPECS = {spec.name: spec for spec in tool_specs(AgentSettings(), BoxLimits())}
CALL = '{"name": "read_file", "arguments": {"path": "a.py"}}'
READ = ("read_file", {"path": "a.py"})

LEAKS = [
    (f"<tool_call>\n{CALL}\n</tool_call>", Dialect.HERMES, [READ]),
    (f"I look.\n<tool_call>{CALL}</tool_call>\n<tool_call>{CALL}", Dialect.HERMES, [READ, READ]),
    ('<tool_call>{"name": "read_fi', Dialect.HERMES, []),
    (
        (
            "<function=read_file>\n<parameter=path>\na.py\n</parameter>\n"
            "<parameter=offset>\n7\n</parameter>\n</function>"
        ),
        Dialect.XML,
        [("read_file", {"path": "a.py", "offset": 7})],
    ),
    (
        (
            "<tool_call>\n<function=read_file>\n<parameter=path>a.py</parameter>\n</function>\n"
            "</tool_call>"
        ),
        Dialect.XML,
        [READ],
    ),
    (
        (
            '<function_calls>\n<invoke name="read_file">\n<parameter name="path">a.py</parameter>\n'
            "</invoke>\n</function_calls>"
        ),
        Dialect.XML,
        [READ],
    ),
    (
        (
            "<function=write_file><parameter=path>n</parameter><parameter=content>42</parameter>"
            "</function><function=open><parameter=line>7</parameter></function>"
        ),
        Dialect.XML,
        [("write_file", {"path": "n", "content": "42"}), ("open", {"line": "7"})],
    ),
    ('<function=read_file>{"path": "a.py"}</function>', Dialect.XML, [READ]),
    (
        "<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a.py</arg_value>\n</tool_call>",
        Dialect.XML,
        [READ],
    ),
    (
        (
            "<function=write_file><parameter=path>a.md</parameter><parameter=content>\n# A\n\n"
            "```\ncode\n```\n</parameter></function>"
        ),
        Dialect.XML,
        [("write_file", {"path": "a.md", "content": "# A\n\n```\ncode\n```"})],
    ),
    (
        (
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary "
            'to=functions.read_file <|constrain|>json<|message|>{"path": "a.py"}<|call|>'
        ),
        Dialect.HARMONY,
        [READ],
    ),
    (
        (
            '<|start|>assistant to=functions.read_file<|channel|>commentary json<|message|>{"path":'
            '"a.py"}'
        ),
        Dialect.HARMONY,
        [READ],
    ),
    ('assistantcommentary to=functions.read_file json{"path": "a.py"}', Dialect.HARMONY, [READ]),
    ("<|channel|>commentary to=functions.read_file", Dialect.HARMONY, []),
    (f"[TOOL_CALLS] [{CALL}]", Dialect.TOKENS, [READ]),
    (f"<|python_tag|>{CALL.replace('arguments', 'parameters')}", Dialect.TOKENS, [READ]),
    ("<|tool_calls_section_begin|><|tool_call_begin|>functions.read_file:0", Dialect.TOKENS, []),
    (CALL, Dialect.BARE_JSON, [READ]),
    (f"I will read it.\n\n{CALL}\n", Dialect.BARE_JSON, [READ]),
    (f"{CALL}\n{CALL}", Dialect.BARE_JSON, [READ, READ]),
    (f"{CALL};\n{CALL}", Dialect.BARE_JSON, [READ, READ]),
    (f"[{CALL}, {CALL}]", Dialect.BARE_JSON, [READ, READ]),
    (f"```json\n{CALL}\n```", Dialect.BARE_JSON, [READ]),
    (f"```\n{CALL}```", Dialect.BARE_JSON, [READ]),
    ('{"tool": "read_file", "parameters": {"path": "a.py"}}', Dialect.BARE_JSON, [READ]),
    (
        json.dumps(
            {"type": "function", "function": {"name": READ[0], "arguments": '{"path": "a.py"}'}}
        ),
        Dialect.BARE_JSON,
        [READ],
    ),
    ('{"function": "read_file", "arguments": {"path": "a.py"}}', Dialect.BARE_JSON, [READ]),
]


@pytest.mark.parametrize(("text", "dialect", "calls"), LEAKS)
def test_a_leak_is_found_and_named(text: str, dialect: Dialect, calls: list[object]) -> None:
    """The dialect as a person should read it, and the calls in their order."""
    leak = find_leak(text, SPECS)
    assert leak is not None
    assert leak.dialect is dialect
    assert [(c.name, json.loads(c.arguments)) for c in leak.calls] == calls
    assert len({c.id for c in leak.calls}) == len(calls)


CLEAN = [
    "",
    "All done: the greeting is mended.",
    f"The format is `{CALL}`, as the README says.",
    f"An example:\n\n```json\n{CALL}\n```\n",
    f"An example:\n\n```json\n{CALL}\n```\n\nThat is how the tool is called.",
    f"An example:\n\n~~~\n<tool_call>{CALL}</tool_call>\n~~~\n",
    f"A call looks so:\n{CALL}\nand nothing else does.",
    "The parser looks for `<tool_call>` and for `<function=name>`.",
    "I renamed the <tool_call> tag and left <function=name> as it is.",
    "The `to=functions.read_file` header is gone.",
    "The commentary on the analysis is done.",
    '{"name": "read_file"}',
    '{"name": "greeting", "arguments": {"path": "a.py"}}',
    '{"name": "read_file", "arguments": 7}',
    '{"version": 1, "tool": true}',
    "[1, 2, 3]",
    "{not json at all",
    f'{CALL}\n{{"version": 1}}',
    "```\nno end of the fence\n" + CALL,
    "`` `<tool_call>{` `` is quoted.",
    "It prints:\n\n    {}\n",
]


@pytest.mark.parametrize("text", CLEAN)
def test_prose_and_examples_are_no_leak(text: str) -> None:
    """Text that mentions calls, quotes them, or holds other JSON."""
    assert find_leak(text, SPECS) is None


PIECES = st.sampled_from(
    [
        CALL,
        "<tool_call>",
        "</tool_call>",
        "```",
        "`",
        "{",
        "}",
        "[",
        "\n",
        "<function=a>",
        "<invoke ",
        "to=functions.a",
        "<|channel|>",
        "<parameter=a>",
        "[TOOL_CALLS]",
        "commentary ",
        "text",
        '"',
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text())
def test_finding_never_raises(text: str) -> None:
    """Whatever a model writes."""
    find_leak(text, SPECS)
