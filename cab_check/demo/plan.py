"""Plan: how an answer's files are brought into a workspace, in a handful of turns.

At most six: a look round, two turns of writing, one for what only commands can do, one command to
look at the result, and the closing text (ours: no task gives fewer turns). Where one call a turn
is asked for there are as many turns as calls.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.demo.overlay import AnswerFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cab_check.demo.chat import DeclaredTool
    from cab_check.demo.reply import Call
    from cab_check.demo.toolbox import Toolbox

_TURNS_OF_WRITING = 2
_CALLS_PER_TURN = 2
_COMMAND_CHARS = 64 * 1024  # Linux gives one argument 128 KiB
Turns = tuple[tuple["Call", ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to write, what to look at before and after, and what to say in the end.

    `explore` asks for a listing and the ticket first; `check` is a command run after the writing.
    """

    files: tuple[AnswerFile, ...]
    closing: str
    explore: bool = False
    check: str | None = None

    @classmethod
    def of_texts(cls, texts: Sequence[tuple[str, str]], *, closing: str) -> Plan:
        """Return the plan that writes these texts and nothing else."""
        files = tuple(AnswerFile(path=path, data=text.encode()) for path, text in texts)
        return cls(files=files, closing=closing)

    def turns(self, tools: Toolbox, *, parallel: bool) -> Turns:
        """Return the calls, turn by turn; empty when the tools cannot carry the plan out."""
        written = {file.path: call for file in self.files if (call := _write(tools, file))}
        commands = [
            command
            for file in self.files
            for command in _commands_for(file, written=file.path in written)
        ]
        by_command = tuple(tools.run(command) for command in _packed(commands))
        if None in by_command:
            return ()
        check = tools.run(self.check) if self.check else None
        planned = [self._opening(tools), *_batches(list(written.values())), by_command, (check,)]
        turns = [tuple(call for call in turn if call is not None) for turn in planned]
        if parallel:
            return tuple(turn for turn in turns if turn)
        return tuple((call,) for turn in turns for call in turn)

    def _opening(self, tools: Toolbox) -> tuple[Call | None, ...]:
        if not self.explore:
            return ()
        listing = tools.list_files() or tools.run("ls -a")
        return (listing, tools.read("README.md") or tools.run("cat README.md"))


def look_command(files: Sequence[AnswerFile]) -> str:
    """Return the command with which an actor looks at what it has written."""
    return shlex.join(["ls", "-l", "--", *(file.path for file in files)])


def no_tools_text(tools: Sequence[DeclaredTool]) -> str:
    """Return what an actor says that has nothing to write with."""
    names = ", ".join(tool.name for tool in tools) or "none"
    return f"I would need a tool that writes files or runs commands; declared: {names}."


def _write(tools: Toolbox, file: AnswerFile) -> Call | None:
    return None if (text := file.text) is None else tools.write(file.path, text)


def _commands_for(file: AnswerFile, *, written: bool) -> tuple[str, ...]:
    return file.mode_commands() if written else (*file.write_commands(), *file.mode_commands())


def _packed(commands: Iterable[str]) -> Iterator[str]:
    """Join commands with && to as few as a shell takes."""
    packed = ""
    for command in commands:
        if packed and len(packed) + len(command) > _COMMAND_CHARS:
            yield packed
            packed = ""
        packed = f"{packed} && {command}" if packed else command
    if packed:
        yield packed


def _batches(calls: Sequence[Call]) -> Iterator[tuple[Call, ...]]:
    size = max(_CALLS_PER_TURN, -(-len(calls) // _TURNS_OF_WRITING))
    for at in range(0, len(calls), size):
        yield tuple(calls[at : at + size])
