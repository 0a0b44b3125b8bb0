"""The options that several commands share; `filling` makes settings of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from cab_check.cli.completing import offer_models, offer_sweeps
from cab_check.cli.quantities import Amount, Count, Seconds, option

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

# settings.Isolation, spelled out: `cab check --help` need not import it
LEVELS = ("auto", "namespaces", "bubblewrap", "landlock", "seatbelt", "none")

Function = TypeVar("Function", bound="Callable[..., Any]")
_SECONDS = Seconds(min=0, min_open=True)
_COUNT = click.IntRange(min=1)
_SEEDS = 10**9
DRAWN = "cab_check.seed_drawn"
"""What a click context's `meta` holds when the seed was drawn and not given."""
_PRICE = Amount(min=0)


class FilePath(click.Path):
    """A path for pathlib, which is imported when one is given: `cab check --help` starts sooner."""

    def coerce_path_result(self, value: str | os.PathLike[str]) -> Path:
        """Return what was typed as a Path."""
        from pathlib import Path  # noqa: PLC0415 - costs start-up time

        return Path(value)


def _seed(context: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """Read a whole number from 0, or draw one for `random` and say which."""
    if value is None:
        return None
    if value == "random":
        import secrets  # noqa: PLC0415 - costs start-up time

        drawn = secrets.randbelow(_SEEDS)
        context.meta[DRAWN] = True
        click.echo(f"seed: {drawn} (--seed {drawn} makes the same variant again)", err=True)
        return drawn
    if not (value.isascii() and value.isdigit() and int(value) < _SEEDS):
        raise click.BadParameter(f"{value!r} is neither a whole number below 10^9 nor 'random'")
    return int(value)


_SHOWN: dict[str, Any] = {"show_default": True, "metavar": "S"}


def _all_of(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        for add in reversed(options):
            function = add(function)
        return function

    return decorate


_request_options = (
    click.option("--key", "--api-key", metavar="K", help="The key; better: CAB_KEY, --key-stdin."),
    option("--key-env", metavar="NAME", help="Read the key from this variable."),
    option("--key-stdin", is_flag=True, help="Read the key from standard input."),
    option("--header", multiple=True, metavar="'N: V'", help="Send this header as well."),
    option("--ca-bundle", type=FilePath(), help="Trust these CAs."),
    option("--no-stream", is_flag=True, help="Ask for whole replies, not for streams."),
    option("--temperature", type=Amount(min=0), help="Sent only when given."),
    option("--max-tokens", type=_COUNT, help="Of one reply; sent only when given."),
    option("--extra-body", metavar="JSON", help="Merge this object into each request."),
    option("--connect-timeout", type=_SECONDS, default=10.0, **_SHOWN,
                 help="For the connection."),
    option("--first-event-timeout", type=_SECONDS, default=120.0, **_SHOWN,
                 help="For a stream's first event."),
    option("--idle-timeout", type=_SECONDS, default=90.0, **_SHOWN,
                 help="Between two events of a stream."),
    option("--attempts", type=_COUNT, default=4, show_default=True, help="Tries a request."),
    option("--retry-wait", type=Seconds(min=0), default=120.0, **_SHOWN,
                 help="Waiting between the tries of a request, in all."),
)  # fmt: skip
_ENDPOINT = "Base URL [env: CAB_ENDPOINT]"
_MODEL = "Model [env: CAB_MODEL]; else /models is asked"

endpoint_options = _all_of(
    option("--endpoint", "--base-url", metavar="URL", help=f"{_ENDPOINT}."),
    option("--model", metavar="M", shell_complete=offer_models, help=f"{_MODEL}."),
    *_request_options,
)
targets_options = _all_of(
    option("--endpoint", "--base-url", multiple=True, metavar="URL",
                 help=f"{_ENDPOINT}; repeatable."),
    option("--model", multiple=True, metavar="M", shell_complete=offer_models,
                 help=f"{_MODEL}; repeatable."),
    option("--targets", type=FilePath(), metavar="FILE.toml",
                 help="[[target]] with endpoint, model, key_env (a variable's name), name."),
    *_request_options,
)  # fmt: skip

_gates = (
    option("--fail-under", metavar="SHARE", help="Pass at this share of cells: 0.8, 80%."),
    option("--fail-on", type=click.Choice(("note", "warning", "error")),
                 help="Fail on a ledger entry so severe."),
    option("--baseline", metavar="SWEEP", shell_complete=offer_sweeps,
                 help="Fail on a significant regression alone."),
)  # fmt: skip
gate_options = _all_of(*_gates)
sweep_options = _all_of(
    option("--repeat", type=_COUNT, default=1, show_default=True, metavar="N",
                 help="Run each task so many times."),
    option("--jobs", type=click.IntRange(1, 1024), default=1, show_default=True, metavar="N",
                 help="At most so many cells at once."),
    option("--shard", metavar="I/N|auto", help="Run this part alone, from 1/N to N/N; auto: "
                 "as GitLab, Slurm, AWS Batch or Kubernetes (auto/N) says."),
    option("--shard-index", metavar="I/N", help="The same, counted from 0."),
    option("--resume", metavar="SWEEP", shell_complete=offer_sweeps,
                 help="Run what a sweep lacks; `latest` works."),
    option("--retry-unscored", is_flag=True, help="With --resume: those not scored as well."),
    option("--dry-run", is_flag=True, help="Say what it may come to at worst, and stop."),
    option("--max-requests", type=Count(), metavar="N",
           help="End all at so many requests; exit 5."),
    option("--max-tokens-total", type=Count(), metavar="N",
           help="End all at so many tokens: 500k, 2M."),
    option("--max-cost", type=Amount(min=0, min_open=True),
                 help="End all at this cost."),
    option("--max-time", type=_SECONDS, metavar="S", help="End all after so long: 90, 10m, 2h."),
    *_gates,
)  # fmt: skip

agent_options = _all_of(
    option("--max-turns", type=_COUNT, help="Model calls of a cell [default: the task's]."),
    option("--timeout", type=_SECONDS, metavar="S", help="Time of a cell [default: task's]."),
    option("--command-timeout", type=_SECONDS, default=60.0, **_SHOWN,
                 help="Of one command of the model."),
    option("--token-limit", type=Count(), metavar="N", help="End a cell after so many tokens."),
    option("--cost-limit", type=_PRICE, help="End a cell at this cost; needs both prices."),
    option("--price-in", type=_PRICE, help="Price of a million prompt tokens."),
    option("--price-out", type=_PRICE, help="Price of a million completion tokens."),
    option("--salvage-text-calls", is_flag=True, help="Run calls leaked into text; said."),
)  # fmt: skip

isolation_option = option(
    "--isolation",
    type=click.Choice(LEVELS),
    default="auto",
    envvar="CAB_ISOLATION",
    show_default=True,
    show_envvar=True,
)
run_options = _all_of(
    option("--tui", metavar="NAME", help="The published agent to stand beside."),
    isolation_option,
    option("--process-limit", type=_COUNT, default=512, show_default=True,
                 help="Processes and threads of a cell's commands together."),
    option("--memory-limit", type=_COUNT, default=1536, show_default=True, metavar="MIB",
                 help="Memory of a cell's commands together."),
    option("--disk-limit", type=_COUNT, default=384, show_default=True, metavar="MIB",
                 help="What they may add on disk."),
    option("--keep", is_flag=True, help="Keep the cell's temporary directory, and name it."),
    option("--record-wire", is_flag=True, help="Keep all exchanges, for `cab mock`."),
    option("--state-dir", type=FilePath(), envvar="CAB_STATE_DIR",
                 show_envvar=True, help="Where runs are kept [default: your state directory]."),
)  # fmt: skip

seed_option = option(
    "--seed", callback=_seed, metavar="N|random", help="Run the fresh variants that this makes."
)
json_option = option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
published_model_option = option(
    "--published-model", metavar="NAME", help="The published model to stand beside."
)
verbose_option = option("-v", "--verbose", is_flag=True, help="Breakdown, spans, calls.")
