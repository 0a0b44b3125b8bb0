"""`cab check`: run tasks against the user's endpoint and score them."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import click

from cab_check.cli.credentials import KeyOptions, find_key, find_url, redactor_for
from cab_check.cli.options import (
    agent_options,
    endpoint_options,
    endpoint_settings,
    json_option,
    run_options,
    run_settings,
    verbose_option,
)


@click.command(epilog="A score is provisional — not for citation.")
@endpoint_options
@click.option("--task", "tasks", multiple=True, metavar="ID|GLOB|PATH",
              help="Repeatable [default: the quick set].")  # fmt: skip
@agent_options
@run_options
@verbose_option
@json_option
def check(tasks: tuple[str, ...], verbose: bool, as_json: bool, **given: Any) -> int:  # noqa: FBT001 - click
    """Let an OpenAI-compatible endpoint work on tasks, and score what it did.

    The embedded agent drives the endpoint through a copy of each task; the scorers run here.
    """
    from cab_check.cli.session import Display, run_session  # noqa: PLC0415 - httpx and rich
    from cab_check.endpoint.address import parse  # noqa: PLC0415 - the same
    from cab_check.tasks import catalog  # noqa: PLC0415 - the same

    chosen = catalog.select(tasks or catalog.QUICK)
    url = find_url(given["endpoint"])
    parse(url)
    key = find_key(KeyOptions(given["key"], given["key_env"], given["key_stdin"]), url)
    model = given["model"] or os.environ.get("CAB_MODEL", "")
    endpoint = endpoint_settings(given, url=url, key=key, model=model.strip())
    redactor = redactor_for(url, key, endpoint.headers)
    settings = run_settings(given, endpoint, demo=False)
    return asyncio.run(run_session(settings, chosen, redactor, Display(verbose, as_json)))
