"""What `cab doctor` does with what was typed."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cab_check.cli import output
from cab_check.cli.credentials import KeyOptions, find_key, find_url, redactor_for
from cab_check.cli.filling import endpoint_settings
from cab_check.cli.progress import is_live
from cab_check.clock import SystemClock
from cab_check.doctor.catalogue import probes
from cab_check.doctor.examination import examine
from cab_check.endpoint.address import parse
from cab_check.endpoint.client import Client
from cab_check.errors import ExitCode
from cab_check.report.doctor import card, cost_line, document, plan_document, price_list
from cab_check.sweep import check_endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cab_check.doctor.examination import Examination
    from cab_check.doctor.probe import Probe
    from cab_check.secrets import Redactor
    from cab_check.settings import EndpointSettings


def run_doctor(given: Mapping[str, Any]) -> int:
    """Say what it may cost, examine the endpoint unless that was all, and show the findings."""
    url = find_url(given["endpoint"])
    address = parse(url)
    options = KeyOptions(given["key"], given["key_env"], given["key_stdin"])
    key = find_key(options, [url], ask=not given["dry_run"])
    model = (given["model"] or os.environ.get("CAB_MODEL", "")).strip()
    settings = endpoint_settings(given, url=url, key=key, model=model)
    redactor = redactor_for(url, key, settings.headers)
    chosen = probes(deep=given["deep"], max_tokens=settings.max_tokens)
    if given["dry_run"]:
        if given["as_json"]:
            output.emit_json(plan_document(chosen, address.printable, model))
        else:
            output.emit_rich(price_list(chosen, address.printable, model))
        return ExitCode.PASSED
    output.say(cost_line(chosen))
    examination = asyncio.run(_examined(settings, chosen, redactor))
    if given["as_json"]:
        output.emit_json(redactor.value(document(examination, chosen)))
    else:
        output.emit_rich(card(examination))
        _commands(examination)
    return examination.exit_code


async def _examined(
    settings: EndpointSettings, chosen: tuple[Probe, ...], redactor: Redactor
) -> Examination:
    clock = SystemClock()
    if not settings.model:
        async with Client(settings, clock=clock, redactor=redactor) as client:
            found = await check_endpoint(client, "")
        settings = replace(settings, model=found.model)
        for note in found.notes:
            output.say(note)
    progress = _Progress(len(chosen), live=is_live())
    try:
        return await examine(settings, chosen, clock=clock, redactor=redactor, told=progress)
    finally:
        progress.clear()


class _Progress:
    """Shows on a terminal how many probes have ended."""

    def __init__(self, of: int, *, live: bool) -> None:
        self._of = of
        self._live = live
        self._ended = 0

    def __call__(self, probe: str) -> None:
        self._ended += 1
        if self._live:
            output.draw(f"{self._ended}/{self._of} probes · {probe}")

    def clear(self) -> None:
        """Take the line off the terminal."""
        if self._live:
            output.draw()


def _commands(examination: Examination) -> None:
    """Print the commands that repeat what failed, whole, so that they can be copied."""
    commands = [
        command for finding in examination.findings for command in finding.seen.fix.splitlines()[1:]
    ]
    for command in dict.fromkeys(commands):
        output.say(command)
