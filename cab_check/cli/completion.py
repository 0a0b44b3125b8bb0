"""`cab completion`: the script that lets a shell complete cab's commands."""

from __future__ import annotations

import click

from cab_check.cli import output
from cab_check.errors import ExitCode

_SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Completion for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> int:
    """Print the script that lets a shell complete commands, options and what there is for them.

    Task ids, models of the last runs, runs, sweeps and profiles are known.

    In ~/.bashrc: eval "$(cab completion bash)"

    In ~/.zshrc, after compinit: eval "$(cab completion zsh)"

    In ~/.config/fish/config.fish: cab completion fish | source
    """
    from pathlib import Path  # noqa: PLC0415 - costs start-up time

    script = Path(__file__).with_name("shells") / f"cab.{shell}"
    output.emit(script.read_text(encoding="utf-8"))
    return ExitCode.PASSED
