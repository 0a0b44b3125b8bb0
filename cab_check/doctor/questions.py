"""What the probes ask: the agent's own prompt, and questions that any competent model can follow.

The opening line tells a model, and the embedded endpoint's actors, that nothing but this is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.agent.prompt import system_prompt, user_prompt
from cab_check.endpoint.message import Message, Role, ToolCall

if TYPE_CHECKING:
    from cab_check.endpoint.message import Reply

OPENING = "This is a check of the connection, not a task."
FILE = "README.md"
LOG = "logs/build.log"
FIRST_LINE = "Lighthouse 7 turns once in 8 seconds."
FIRST_SIGN = "Lighthouse 7"
LAST_LINE = "summary: all steps done, code 58213"
LAST_SIGN = "58213"
FOREIGN = "\N{CRAB} na\u00efve Gr\u00f6\u00dfe \u6f22\u5b57 \u03a9 \N{MUSICAL SYMBOL G CLEF} \u20ac"
LARGE_BYTES = 30_000
# nine letters and digits: the one form of an id that the strictest server takes (row 28)
_FILLER = ("work", "file", "test", "code", "line", "make", "read", "tree", "name", "good", "time")
OUR_ID = "cabdoc001"


def opening(text: str) -> tuple[Message, ...]:
    """Begin a conversation as the agent does."""
    return (
        Message(role=Role.SYSTEM, text=system_prompt()),
        Message(role=Role.USER, text=user_prompt(f"{OPENING} {text}", None)),
    )


def repeat(line: str) -> tuple[Message, ...]:
    """Ask for one line of text, word for word."""
    return opening(f"Call no tool. Reply with exactly this line and nothing else:\n{line}")


def count_to(last: int) -> tuple[Message, ...]:
    """Ask for a text whose length is known."""
    return opening(
        f"Call no tool. Write the whole numbers from 1 to {last} in digits, in order, separated "
        "by single spaces, leaving none out."
    )


def one_call() -> tuple[Message, ...]:
    """Ask for one tool call, and for its result's first line after it."""
    return opening(
        f"Call the tool read_file once, with the path {FILE}. When its result has come, reply "
        "with the result's first line as it stands, and call nothing more."
    )


def two_calls() -> tuple[Message, ...]:
    """Ask for two different calls in one turn, one of them without arguments."""
    return opening(
        "In one and the same reply, make exactly two tool calls: "
        f"read_file with the path {FILE}, and list_files without any argument."
    )


def second_turn(reply: Reply) -> tuple[Message, ...]:
    """Send the endpoint's own reply back: its ids, its null content, its reasoning."""
    sent = Message(
        role=Role.ASSISTANT,
        text=reply.text or None,
        reasoning=reply.reasoning,
        tool_calls=reply.tool_calls,
    )
    result = f"{FIRST_LINE}\n\nThe keeper lives below the lamp.\n"
    results = [Message(role=Role.TOOL, text=result, call_id=call.id) for call in reply.tool_calls]
    return (*one_call(), sent, *results)


def third_turn(second: tuple[Message, ...], reply: Reply) -> tuple[Message, ...]:
    """Go on with a conversation that was answered: ask for one call more."""
    said = Message(role=Role.ASSISTANT, text=reply.text, reasoning=reply.reasoning)
    asked = "Now call the tool list_files once, without any argument."
    return (*second, said, Message(role=Role.USER, text=asked))


def large_result(identity: str = OUR_ID) -> tuple[Message, ...]:
    """Send a tool result of 30 KB, after a call of this id, and ask for its last line."""
    asked = opening(
        f"Call the tool read_file once, with the path {LOG}. When its result has come, reply "
        "with the result's last line as it stands, and call nothing more."
    )
    return (*asked, *_called(identity, f'{{"path": "{LOG}"}}', f"{_log()}{LAST_LINE}"))


def sound_history(identity: str = OUR_ID) -> tuple[Message, ...]:
    """Send the same history as malformed_history, but for the cut."""
    return (*one_call(), *_called(identity, f'{{"path": "{FILE}"}}', FIRST_LINE))


def malformed_history(identity: str = OUR_ID) -> tuple[Message, ...]:
    """Send a history in which a call's arguments are cut, as a model's own may be (row 49)."""
    told = (
        "The call was not run: its arguments are not a JSON object. Call read_file again with one "
        "complete JSON object as its arguments."
    )
    return (*one_call(), *_called(identity, f'{{"path": "{FILE}', told))


def overflow(words: int) -> tuple[Message, ...]:
    """Ask with a text of so many words, each of which is at least one token to any tokenizer."""
    text = " ".join(_FILLER[number % len(_FILLER)] for number in range(words))
    asked = "Call no tool. Reply with exactly this line and nothing else:\nREADY"
    return opening(f"Pay no heed to these words: {text}\n\n{asked}")


def _called(identity: str, arguments: str, result: str) -> tuple[Message, ...]:
    call = ToolCall(identity, "read_file", arguments)
    return (
        Message(role=Role.ASSISTANT, text=None, tool_calls=(call,)),
        Message(role=Role.TOOL, text=result, call_id=identity),
    )


def _log() -> str:
    line = "step {:04d}: compiled module_{:03d}.py, checked its types, found nothing to mend\n"
    size = len(line.format(0, 0))
    return "".join(line.format(step, step % 512) for step in range(1, LARGE_BYTES // size + 1))
