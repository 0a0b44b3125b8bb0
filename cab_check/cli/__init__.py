"""What a person types; the one place that turns an error into a message and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

import click

from cab_check import __version__
from cab_check.cli import output, signals
from cab_check.errors import CabError, ExitCode, RunInterruptedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = ("check", "doctor", "demo", "selftest", "tasks", "runs", "report", "mock", "completion")


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for: `cab --version` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands in the order of the help text."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that was asked for."""
        if cmd_name not in _COMMANDS:
            import difflib  # noqa: PLC0415 - only for a name that is wrong

            near = difflib.get_close_matches(cmd_name, _COMMANDS, n=1)
            if near:
                ctx.fail(f"No such command {cmd_name!r}. Did you mean {near[0]!r}?")
            return None
        module = importlib.import_module(f"cab_check.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cab")
def cab() -> None:
    """Check whether an OpenAI-compatible endpoint works with coding agents.

    A zero-docker preview of CodingAgentBench: provisional, not for citation.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    signals.listen()
    try:
        output.prepare_streams()
        code = run(given)
    except KeyboardInterrupt:  # once more, while an end was told
        code = ExitCode.INTERRUPTED
    signals.rest()
    sys.exit(output.close_streams(code))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; every way out says what happened."""
    as_json = "--json" in arguments
    try:
        result = _called(arguments)
    except click.exceptions.NoArgsIsHelpError as error:
        output.say(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        return output.report(_usage_error(error), as_json=as_json, usage=_usage_line(error))
    except (click.Abort, KeyboardInterrupt):
        return output.report(RunInterruptedError("interrupted", hint=""), as_json=as_json)
    except CabError as error:
        return output.report(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug of ours is exit 70
        return output.report(output.bug(error), as_json=as_json)
    return result if isinstance(result, int) else ExitCode.PASSED


def _called(arguments: list[str]) -> object:
    asked = os.environ.get("_CAB_COMPLETE")
    if asked is None:
        return cab.main(arguments, prog_name="cab", standalone_mode=False)
    from cab_check.cli.answering import answer  # noqa: PLC0415 - only when a shell asks

    return answer(cab, asked)


def _usage_error(error: click.ClickException) -> UsageError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "cab"
    return UsageError(error.format_message(), hint=f"see `{command} --help`")


def _usage_line(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return context.get_usage() if context else ""
