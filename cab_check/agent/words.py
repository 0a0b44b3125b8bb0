"""What the loop says to a model between its turns, and what it advises a server's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.agent.leaks import Leak

EMPTY = (
    "Your last reply was empty. Go on with the task: call a tool, or, if the work is done, reply "
    "in plain text."
)
REASONING_ONLY = (
    "Your last reply held reasoning only, no text and no tool call. Go on with the task: call a "
    "tool, or, if the work is done, reply in plain text."
)
ANNOUNCED = (
    "Your last reply announced tool calls but held none. Make the call again through the tool "
    "interface, or, if the work is done, reply in plain text."
)
CUT = (
    "Your last reply was cut by the token limit ({where}), so nothing of it was run. Use smaller "
    "pieces: write a long file in several steps, and keep each reply short."
)
NOT_RUN_CUT = (
    "The call was not run: the reply was cut by the token limit ({where}), so nothing of it was "
    "run. Ask again in smaller pieces: write a long file in several steps, keep each reply short."
)
SAME_CALL = (
    "[This was the same call {count} times in a row. It gives the same answer each time: do "
    "something else.]"
)
NOT_RUN_ENDED = "The call was not run: the episode had ended."
ENDED_MEANWHILE = "The call was ended before its result came: the episode had ended."


def leaked(leak: Leak) -> str:
    """Say that calls came as text and were not run."""
    return (
        f"Your last reply held a tool call written as text ({leak.dialect} form), which was not "
        "run. Make the call through the tool interface, or, if the work is done, reply in plain "
        "text without any call in it."
    )


def salvaged(results: list[tuple[str, str]]) -> str:
    """Hand over the results of calls that were read out of a text."""
    return "\n\n".join(f"Result of {name}:\n{text}" for name, text in results)


# names and advice of the ledger entries that only the loop can make
IDS_REPEATED = ("call-id-repeated", "give every tool call of a conversation an id of its own")
ARGUMENTS_EMPTY = ("arguments-empty", 'send "{}" as the arguments of a call that has none')
ARGUMENTS_MALFORMED = (
    "arguments-malformed",
    "look at the tool-call parser, or constrain the model's output: arguments must be JSON",
)
ARGUMENTS_NOT_AN_OBJECT = (
    "arguments-not-an-object",
    "look at the tool-call parser, or constrain the model's output: arguments must be an object",
)
ARGUMENTS_CUT = (
    "arguments-cut",
    "say finish_reason length where a reply was cut; find out what else cuts arguments",
)
ARGUMENTS_LOST = (
    "arguments-lost",
    "see whether arguments get lost on the way: {} came for a tool that needs some",
)
TOOL_UNKNOWN = (
    "tool-name-unknown",
    "check the chat template and the tool-call parser: a tool was called that nobody declared",
)
CALLS_AS_TEXT = (
    "tool-calls-as-text",
    "switch on the tool-call parser that fits the model, so that calls come as tool_calls",
)
NOTHING_VISIBLE = (
    "reply-without-content",
    "check the reasoning parser: a reply holds content or tool_calls besides its reasoning",
)
