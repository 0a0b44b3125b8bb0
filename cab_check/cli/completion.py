"""`cab completion`: the script that lets a shell complete cab's commands."""

from __future__ import annotations

import click

from cab_check.cli import output
from cab_check.errors import ExitCode

_SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Completion for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script that lets a shell complete commands, options, task ids, models and runs.

    In ~/.bashrc: eval "$(cab completion bash)"

    In ~/.zshrc, after compinit: eval "$(cab completion zsh)"

    In ~/.config/fish/config.fish: cab completion fish | source
    """
    from click import shell_completion  # noqa: PLC0415 - seldom needed

    kind = {
        "bash": shell_completion.BashComplete,
        "zsh": shell_completion.ZshComplete,
        "fish": shell_completion.FishComplete,
    }[shell]
    output.emit(kind(context.find_root().command, {}, "cab", "_CAB_COMPLETE").source())
    return ExitCode.PASSED
