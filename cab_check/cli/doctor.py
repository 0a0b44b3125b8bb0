"""`cab doctor`: say whether this endpoint is fit for coding agents."""

from __future__ import annotations

from typing import Any

import click

from cab_check.cli.options import endpoint_options, isolation_option, json_option


@click.command(short_help="Is this endpoint fit for agents? Named probes, no score.",
               epilog="Exit codes: 0 READY (with limits, too), 1 NOT READY, 2 usage or unknown "
               "model, 3 unreachable, 4 key refused. With --sandbox: 0 the box stops all that "
               "its level claims to, 6 it does not, or cannot be had.")  # fmt: skip
@endpoint_options
@click.option("--deep", is_flag=True, help="Ask beyond the context's end, whatever it costs.")
@click.option("--dry-run", is_flag=True, help="Say what it may cost, and send nothing.")
@click.option("--sandbox", is_flag=True, help="Attack a box of this machine; no endpoint needed.")
@isolation_option
@json_option
def doctor(**given: Any) -> int:
    """Examine an OpenAI-compatible endpoint with named probes; there is no score.

    The probes use the embedded agent's own prompt and tools. What they may cost at worst is said
    before the first request. With --sandbox it is this machine's isolation that is examined.
    """
    if given["sandbox"]:
        from cab_check.cli.besieging import run_siege  # noqa: PLC0415 - costs more than the help

        return run_siege(given)
    from cab_check.cli.diagnosing import run_doctor  # noqa: PLC0415 - costs more than the help text

    return run_doctor(given)
