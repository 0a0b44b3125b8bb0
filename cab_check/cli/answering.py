"""What a shell is answered when a word is completed, in lines that the scripts of `shells` read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from click.shell_completion import ShellComplete, split_arg_string

from cab_check.cli import output
from cab_check.errors import ExitCode

if TYPE_CHECKING:
    import click

_PLAIN = re.compile(r"[\w@%+=:,./-]+")


def answer(command: click.Command, line: str) -> ExitCode:
    """Print `kind<TAB>word` for each word that may stand at the end of the command line.

    `line` is what was typed before the cursor. Kinds are `plain`, and `file` or `dir` for those of
    the shell. What a shell would have to quote, such as a model's odd name, is not offered.
    """
    # the last word may be empty, and a quote may still be open: a letter more shows where it ends
    *words, last = split_arg_string(f"{line}x")
    word = last[:-1]
    option = word[: word.find("=") + 1] if word.startswith("--") else ""
    for item in ShellComplete(command, {}, "cab", "").get_completions(words[1:], word):
        if item.type != "plain":
            output.emit(f"{item.type}\t{word}")
        elif _PLAIN.fullmatch(item.value):
            output.emit(f"plain\t{option}{item.value}")
    return ExitCode.PASSED
