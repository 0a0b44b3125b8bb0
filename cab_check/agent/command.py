"""run_command: one shell command in the cell's box."""

from __future__ import annotations

import shutil
from functools import cache
from typing import TYPE_CHECKING

from cab_check.agent.observation import decode, decode_ends
from cab_check.agent.outcome import Outcome, failure
from cab_check.sandbox.box import Limit

if TYPE_CHECKING:
    from cab_check.agent.observation import Decoded
    from cab_check.agent.requests import RunCommand
    from cab_check.sandbox.box import Box, CommandResult
    from cab_check.secrets import Redactor
    from cab_check.settings import AgentSettings

# the kernel takes at most 128 KiB in one argument
COMMAND_BYTES = 100_000
# kept free in the record for the exit code and for what is said of bytes left out
_WORDS_BYTES = 256


@cache
def shell() -> str:
    """Return the shell that commands are run with: bash where there is one, else sh."""
    return "bash" if shutil.which("bash") else "sh"


async def run_command(
    box: Box, request: RunCommand, settings: AgentSettings, *, left_s: float, redactor: Redactor
) -> Outcome:
    """Run a command to its end or its limit, which is never more than what is left of the cell."""
    refusal = _refusal(request.command)
    if refusal is not None:
        return refusal
    limit_s = min(settings.command_limit_s, left_s)
    keep_bytes = max(1, settings.record_bytes - _WORDS_BYTES)
    result = await box.run((shell(), "-c", request.command), limit_s, keep_bytes=keep_bytes)
    output, recorded = _texts(result, redactor)
    notes = [f"[{output.invalid:,} invalid UTF-8 bytes were replaced]"] if output.invalid else []
    if result.ended_before is not None:
        notes.append(
            f"[before this command, the limit on {result.ended_before} ended all that earlier "
            "ones had left running]"
        )
    return Outcome(
        text=output.text or "[no output]\n",
        head=_ending(result, limit_s),
        note="\n".join(notes),
        missing_bytes=result.elided_bytes,
        recorded=recorded,
        command=request.command,
        exit_code=result.exit_code,
    )


def _texts(result: CommandResult, redactor: Redactor) -> tuple[Decoded, str | None]:
    """Return the output for the model, and what is kept of it when that differs."""
    if result.elided_bytes:
        return decode_ends(result.stdout, result.elided_bytes, redactor)
    return decode(result.stdout), None


def _refusal(command: str) -> Outcome | None:
    try:
        data = command.encode()
    except UnicodeEncodeError as error:
        return failure("not_text", f"the command holds a lone surrogate at character {error.start}")
    if b"\0" in data:
        return failure("nul_byte", "the command holds a NUL byte")
    if not command.strip():
        return failure("empty_command", "the command is empty")
    if len(data) > COMMAND_BYTES:
        told = f"the command is {len(data):,} bytes long; at most {COMMAND_BYTES:,} are taken"
        return failure("too_long", f"{told}. Write a script with write_file and run that")
    return None


def _ending(result: CommandResult, limit_s: float) -> str:
    if result.stopped_by is Limit.TIME:
        return (
            f"[ended after {round(limit_s, 1):g} s, the time limit; exit code {result.exit_code}]\n"
        )
    if result.stopped_by is not None:
        limit = f"the limit on {result.stopped_by}"
        return f"[ended by {limit}; exit code {result.exit_code}]\n"
    return f"[exit code {result.exit_code}]\n"
