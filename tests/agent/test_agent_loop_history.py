"""What the model is sent: request, history, nudges, cut turns, leaked calls (LOOP)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cab_check.agent.episode import StopReason
from cab_check.agent.prompt import prompt_sha256, system_prompt
from cab_check.endpoint.message import Retry, Role
from cab_check.settings import AgentSettings, BoxLimits
from tests.agent.scripted_agent import Lab, call, raw_call, say, used

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.endpoint.message import Answered

READ = call("read_file", path="README.md")
LIST = call("list_files")
HERMES = '<tool_call>\n{"name": "read_file", "arguments": {"path": "README.md"}}\n</tool_call>'


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Give each test a lab of its own."""
    return Lab(tmp_path)


async def test_the_first_request_is_the_prompts_and_five_plain_tools(lab: Lab) -> None:
    """System prompt, the task's prompt with AGENTS.md, five tools with small schemas."""
    lab.files = {"AGENTS.md": "\ufeff# Rules\n\nLeave tests alone.\n"}
    played = await lab.play(say("Done."))
    system, user = played.asker.requests[0]
    assert (system.role, system.text) == (Role.SYSTEM, system_prompt())
    assert user.role is Role.USER
    assert user.text == (
        "Mend the greeting.\n\nThe workspace's AGENTS.md says:\n\n# Rules\n\nLeave tests alone.\n"
    )
    tools = played.asker.tools[0]
    assert [tool.name for tool in tools] == [
        "read_file",
        "write_file",
        "edit_file",
        "list_files",
        "run_command",
    ]
    sent = json.dumps([tool.parameters for tool in tools])
    assert not any(word in sent for word in ("strict", "$ref", "additionalProperties"))


@pytest.mark.parametrize("rules", [None, " \n"], ids=["missing", "blank"])
async def test_without_rules_the_prompt_stands_alone(lab: Lab, rules: str | None) -> None:
    """No AGENTS.md, nothing appended."""
    lab.files = {} if rules is None else {"AGENTS.md": rules}
    played = await lab.play(say("Done."))
    assert played.asker.requests[0][1].text == "Mend the greeting."


def test_the_system_prompt_says_how_to_finish_and_nothing_of_refusing() -> None:
    """It is short, ours, and never mentions refusing or clarifying."""
    prompt = system_prompt().lower()
    assert len(prompt) < 2000
    assert "plain text" in prompt
    hints = ("refus", "clarif", "ambig", "unsolv", "contradict", "question", "impossible")
    assert not any(word in prompt for word in hints)
    assert len(prompt_sha256()) == 64


async def test_limits_in_the_descriptions_are_those_in_force(lab: Lab) -> None:
    """Every limit that is stated comes from the settings."""
    lab.settings = AgentSettings(
        command_limit_s=7, observation_chars=4321, file_bytes=2048, list_limit=12
    )
    lab.limits = BoxLimits(
        output_bytes=1000, processes=77, memory_bytes=100 * 2**20, disk_bytes=5 * 2**20
    )
    played = await lab.play(say("Done."))
    told = {tool.name: tool.description for tool in played.asker.tools[0]}
    assert "4,321 characters" in told["read_file"]
    assert "2 KiB" in told["read_file"]
    assert "2 KiB" in told["write_file"]
    assert "2 KiB" in told["edit_file"]
    assert "At most 12 entries" in told["list_files"]
    assert "After 7 s, or 1,000 bytes of output" in told["run_command"]
    assert "over 100 MiB of memory, 5 MiB of disk or 77 processes" in told["run_command"]


async def test_the_reply_is_replayed_as_it_was_received(lab: Lab) -> None:
    """Text, reasoning under its own name, and calls; then one tool message for each, in order."""
    played = await lab.play(say("Let me see.", READ, LIST, reasoning="hm"), say("Done."))
    reply, first, second = played.asker.requests[1][2:]
    assert (reply.role, reply.text) == (Role.ASSISTANT, "Let me see.")
    assert [(r.field, r.value) for r in reply.reasoning] == [("reasoning_content", "hm")]
    assert reply.tool_calls == (READ, LIST)
    assert [(m.role, m.call_id) for m in (first, second)] == [
        (Role.TOOL, READ.id),
        (Role.TOOL, LIST.id),
    ]
    assert (first.text, second.text) == ("A ticket.\n", "README.md\n")
    assert played.episode.messages[-1].text == "Done."


@pytest.mark.parametrize("text", [None, ""], ids=["absent", "empty"])
async def test_absent_or_empty_text_is_replayed_as_null(lab: Lab, text: str | None) -> None:
    """One of the two forms is sent: null."""
    played = await lab.play(say(text, READ), say("Done."))
    assert played.assistants[0].text is None


@pytest.mark.parametrize(
    ("raw", "flaw", "said"),
    [
        ('{"path": "a\nb"}', "malformed_arguments", "at character 11"),
        ("{'path': 'a'}", "malformed_arguments", "double quotes"),
        ('{"path": "a"}"', "malformed_arguments", "one object and nothing after it"),
        ('{"path": "C:\\x"}', "malformed_arguments", "backslash"),
        ('{"path": NaN}', "malformed_arguments", "NaN is no JSON"),
        ("", "malformed_arguments", "empty text"),
        ("false", "arguments_not_an_object", "true or false"),
        ("null", "arguments_not_an_object", "null"),
        ('"README.md"', "arguments_not_an_object", "a string"),
        ("[1]", "arguments_not_an_object", "an array"),
        ('"{\\"path\\": \\"a\\"}"', "arguments_not_an_object", "encoded twice"),
    ],
)
async def test_arguments_that_are_no_object_are_replayed_empty(
    lab: Lab, raw: str, flaw: str, said: str
) -> None:
    """Replayed as {}; told that it was not run, where reading failed, what came, what to do."""
    played = await lab.play(say(None, raw_call("read_file", raw, call_id="x")), say("Done."))
    replayed = played.asker.requests[1][2].tool_calls[0]
    assert (replayed.id, replayed.name, replayed.arguments) == ("x", "read_file", "{}")
    told = played.observations[0]
    assert "was not run" in told
    assert said in told
    assert raw in told
    assert "Call read_file again" in told
    run = played.episode.turns[0].tool_runs[0]
    assert (run.error, run.call.arguments) == (flaw, raw)


async def test_at_most_500_characters_of_malformed_arguments_are_shown(lab: Lab) -> None:
    """A long wrong text is shown from its beginning, and its length is told."""
    raw = "{'" + "x" * 5000
    played = await lab.play(say(None, raw_call("read_file", raw)), say("Done."))
    told = played.observations[0]
    assert raw[:500] in told
    assert raw[:501] not in told
    assert "the first 500 of 5,002 characters" in told


async def test_valid_siblings_of_a_malformed_call_run(lab: Lab) -> None:
    """Each call has its own result, in order."""
    bad = raw_call("write_file", "{'path': 1}", call_id="bad")
    played = await lab.play(say(None, READ, bad, LIST), say("Done."))
    assert [run.error for run in played.episode.turns[0].tool_runs] == [
        None,
        "malformed_arguments",
        None,
    ]
    assert [m.call_id for m in played.asker.requests[1][3:]] == [READ.id, "bad", LIST.id]


async def test_empty_arguments_are_an_object_where_nothing_is_required(lab: Lab) -> None:
    """Row 3: list_files runs, the ledger says so, and the history holds {}."""
    played = await lab.play(say(None, raw_call("list_files", "")), say("Done."))
    assert played.observations == ["README.md\n"]
    assert played.asker.notes == [("arguments-empty", "turn 1")]
    assert played.assistants[0].tool_calls[0].arguments == "{}"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (call("read_file"), "the parameter 'path' is missing"),
        (call("read_file", path=None), "the parameter 'path' is missing"),
        (call("read_file", path=7), "must be of type string, not integer"),
        (call("read_file", path="a", offset="1"), "must be of type integer, not string"),
        (call("read_file", path="a", offset=True), "must be of type integer, not boolean"),
        (call("read_file", path="a", offset=1.5), "must be of type integer, not number"),
        (call("read_file", path=["a"]), "must be of type string, not array"),
        (call("read_file", path={"a": 1}), "must be of type string, not object"),
        (call("read_file", file="a"), "has no parameter 'file'; its parameters are: path"),
    ],
)
async def test_arguments_that_do_not_fit_are_told_with_the_schema(
    lab: Lab, bad: object, said: str
) -> None:
    """Wrong arguments are replayed as they came, and answered with what is wrong."""
    assert hasattr(bad, "arguments")
    played = await lab.play(say(None, bad), say("Done."))  # type: ignore[arg-type]
    told = played.observations[0]
    assert said in told
    assert '"properties": {"path"' in told
    assert played.episode.turns[0].tool_runs[0].error == "wrong_arguments"
    assert played.assistants[0].tool_calls == (bad,)


async def test_null_for_an_optional_parameter_is_its_absence(lab: Lab) -> None:
    """Some models send every parameter."""
    played = await lab.play(
        say(None, call("read_file", path="README.md", offset=None, limit=None)), say("Done.")
    )
    assert played.observations == ["A ticket.\n"]


@pytest.mark.parametrize("name", ["multi_tool_use.parallel", "functions.read_file", ""])
async def test_hallucinated_names_are_answered_with_the_valid_ones(lab: Lab, name: str) -> None:
    """Row 35: the result lists the tools that there are."""
    played = await lab.play(say(None, raw_call(name, '{"path": "a"}')), say("Done."))
    told = played.observations[0]
    assert repr(name) in told
    assert "read_file, write_file, edit_file, list_files, run_command" in told
    assert played.episode.turns[0].tool_runs[0].error == "unknown_tool"


async def test_ids_that_come_twice_are_replayed_unique(lab: Lab) -> None:
    """Rows 27-29: within a turn and across turns, each result goes with its own call."""
    twice = raw_call("read_file", '{"path": "README.md"}', call_id="call_1")
    other = raw_call("list_files", "{}", call_id="call_1")
    nameless = raw_call("list_files", "{}", call_id="")
    played = await lab.play(say(None, twice, other), say(None, twice, nameless), say("Done."))
    messages = played.asker.requests[2]
    ids = [c.id for m in messages for c in m.tool_calls]
    assert len(set(ids)) == 4
    assert ids[0] == "call_1"
    assert all(len(i) == 9 and i.isalnum() for i in ids[1:])
    assert [m.call_id for m in messages if m.role is Role.TOOL] == ids
    assert [r.call.id for t in played.episode.turns for r in t.tool_runs][:2] == ["call_1"] * 2
    assert played.asker.notes == [("call-id-repeated", "turn 1"), ("call-id-repeated", "turn 2")]


async def test_an_id_of_ours_never_meets_one_of_the_servers(lab: Lab) -> None:
    """Whatever the server chose before."""
    taken = raw_call("list_files", "{}", call_id="cab000001")
    nameless = raw_call("list_files", '{"path": "."}', call_id="")
    played = await lab.play(say(None, taken, nameless), say("Done."))
    assert [c.id for c in played.assistants[0].tool_calls] == ["cab000001", "cab000002"]


async def test_two_calls_to_one_tool_keep_apart(lab: Lab) -> None:
    """Row 29: keyed by call, never by name."""
    lab.files = {"a": "A\n", "b": "B\n"}
    one, two = call("read_file", path="a"), call("read_file", path="b")
    played = await lab.play(say(None, one, two), say("Done."))
    assert played.observations == ["A\n", "B\n"]


CUT_TEXT = say("I will now", finish="length")
CUT_CALLS = say(None, READ, raw_call("write_file", '{"path": "a", "content": "x'), finish="length")
CUT_BY_ARGUMENTS = say(None, READ, raw_call("write_file", '{"path": "a", "content": "x'))


@pytest.mark.parametrize(
    "cut", [CUT_TEXT, CUT_CALLS, CUT_BY_ARGUMENTS], ids=["text", "length", "arguments end early"]
)
async def test_a_turn_cut_by_the_token_limit_runs_nothing(lab: Lab, cut: Answered) -> None:
    """Nothing runs, smaller pieces are advised, and it counts as a format error."""
    played = await lab.play(cut, cut, cut)
    assert played.episode.stop is StopReason.FORMAT_ERRORS
    assert "a" not in played.work
    runs = [run for turn in played.episode.turns for run in turn.tool_runs]
    assert all(run.error == "cut_turn" and run.exit_code is None for run in runs)
    told = played.observations or played.nudges
    assert all("cut by the token limit" in text for text in told)
    assert all("smaller pieces" in text for text in told)
    assert len(told) == 3 * max(1, len(cut.reply.tool_calls))
    assert {c.arguments for m in played.assistants for c in m.tool_calls} <= {
        READ.arguments,
        "{}",
    }


async def test_a_leaked_call_is_named_nudged_once_and_never_run(lab: Lab) -> None:
    """One nudge that names the dialect, then the end."""
    text = HERMES.replace("read_file", "write_file").replace("README.md", "made")
    played = await lab.play(say(text), say(text))
    assert played.episode.stop is StopReason.TOOL_CALLS_AS_TEXT
    assert played.episode.detail.startswith("Hermes")
    assert len(played.nudges) == 1
    assert "Hermes" in played.nudges[0]
    assert "made" not in played.work
    assert played.episode.salvaged == 0
    assert not played.episode.saw_structured_call
    assert played.asker.notes[0] == ("tool-calls-as-text", "turn 1")


async def test_leaked_calls_run_when_the_user_asked_for_it(lab: Lab) -> None:
    """With salvage they are run, counted, and said so; the results come as a user's message."""
    lab.settings = AgentSettings(salvage_text_calls=True)
    played = await lab.play(say(f"First.\n{HERMES}"), say("Done."))
    assert played.episode.stop is StopReason.FINISHED
    assert played.episode.salvaged == 1
    assert not played.episode.saw_structured_call
    assert played.nudges == ["Result of read_file:\nA ticket.\n"]
    turn = played.episode.turns[0]
    assert turn.note == "salvaged 1 calls from text: Hermes"
    assert [run.output for run in turn.tool_runs] == ["A ticket.\n"]
    assert played.assistants[0].tool_calls == ()


async def test_salvaged_calls_have_the_same_limits(lab: Lab) -> None:
    """Unknown tools are format errors, and the same call over and over is a loop."""
    lab.settings = AgentSettings(salvage_text_calls=True)
    wrong = say(HERMES.replace("read_file", "open"))
    played = await lab.play(*[wrong] * 3)
    assert played.episode.stop is StopReason.FORMAT_ERRORS
    assert played.episode.salvaged == 0
    lab.path /= "second"
    played = await lab.play(*[say(HERMES)] * 5)
    assert played.episode.stop is StopReason.LOOP


async def test_a_leak_that_cannot_be_read_is_nudged_even_with_salvage(lab: Lab) -> None:
    """There is nothing to run in it."""
    lab.settings = AgentSettings(salvage_text_calls=True)
    played = await lab.play(say('<tool_call>\n{"name": "read_fi'), say("Done."))
    assert len(played.nudges) == 1
    assert played.episode.stop is StopReason.FINISHED


async def test_leaked_text_beside_calls_is_only_text(lab: Lab) -> None:
    """The calls decide."""
    played = await lab.play(say(HERMES, LIST), say("Done."))
    assert played.nudges == []
    assert played.observations == ["README.md\n"]


async def test_spans_carry_genai_names(lab: Lab) -> None:
    """One model_call span for each attempt, one tool_call span for each call."""
    played = await lab.play(
        say(None, call("run_command", command="true"), usage=used(7, 3)), say("Done.")
    )
    kinds = [span["kind"] for span in played.spans]
    assert kinds == ["model_call", "tool_call", "model_call"]
    model, tool = (span["attributes"] for span in played.spans[:2])
    assert isinstance(model, dict)
    assert isinstance(tool, dict)
    assert model["gen_ai.usage.input_tokens"] == 7
    assert model["gen_ai.usage.output_tokens"] == 3
    assert model["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert model["http.response.status_code"] == 200
    assert tool["gen_ai.tool.name"] == "run_command"
    assert tool["gen_ai.tool.call.arguments"] == '{"command": "true"}'
    assert tool["gen_ai.tool.call.result"] == "[exit code 0]\nok\n"
    assert tool["process.exit.code"] == 0


async def test_the_raw_call_stays_in_the_trace(lab: Lab) -> None:
    """What was replayed as {} is in the record as it came."""
    played = await lab.play(say(None, raw_call("read_file", "{'path'")), say("Done."))
    attributes = played.spans[1]["attributes"]
    assert isinstance(attributes, dict)
    assert attributes["gen_ai.tool.call.arguments"] == "{'path'"
    assert played.spans[1]["error"] == "malformed_arguments"


async def test_a_watcher_is_told_each_step(lab: Lab) -> None:
    """Turn, tokens, last action, retries and the time left."""
    lab.retries = [Retry(2, 4, "429", 12.0)]
    lab.max_turns = 5
    command = call("run_command", command="echo\tone\necho " + "x" * 100)
    played = await lab.play(say(None, command, usage=used(7, 3)), say("Done.", usage=used(9, 1)))
    assert [step.action for step in played.steps[:3]] == [
        "waiting for the model",
        "retry 2/4 · 429 · waiting 12 s",
        "run_command echo one echo " + "x" * 33 + "…",
    ]
    assert [step.turn for step in played.steps] == [1, 1, 1, 2, 2]
    assert [step.tokens for step in played.steps] == [None, None, 10, 10, 10]
    assert all(step.max_turns == 5 for step in played.steps)
    assert all(step.left_s is not None and 0 < step.left_s <= 60 for step in played.steps)


async def test_the_ledger_is_in_the_episode(lab: Lab) -> None:
    """What the asker kept is handed on."""
    played = await lab.play(say(""), say("Done."))
    assert [entry.name for entry in played.episode.accommodations] == ["reply-without-content"]
