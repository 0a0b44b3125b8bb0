"""`cab selftest`: oracle, no-op, refuse-all and every cheat on every task."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from cab_check.cli import output
from cab_check.cli.options import LEVELS, json_option
from cab_check.errors import ExitCode
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from cab_check.record import RunRecord
    from cab_check.selftest import Measurement


@click.command(short_help="Is the ruler straight?")
@click.option("--task", "tasks", multiple=True, metavar="ID|GLOB|PATH", help="[default: all]")
@click.option("--isolation", type=click.Choice(LEVELS),
              default="auto", envvar="CAB_ISOLATION", show_default=True)  # fmt: skip
@json_option
def selftest(tasks: tuple[str, ...], isolation: str, as_json: bool) -> int:  # noqa: FBT001 - click
    """Check the ruler: every actor must get the score that is known beforehand.

    Runs the real loop, wire and scorers on the embedded endpoint. Exit code 1 when one cell is not
    scored as it must be.
    """
    from cab_check.sandbox import choose  # noqa: PLC0415 - costs start-up time
    from cab_check.selftest import run_selftest  # noqa: PLC0415 - the same
    from cab_check.sweep import check_machine  # noqa: PLC0415 - the same
    from cab_check.tasks import catalog  # noqa: PLC0415 - the same

    chosen = catalog.select(tasks) if tasks else catalog.all_tasks()
    check_machine(chosen)
    level = choose(Isolation(isolation))

    def heard(measurement: Measurement) -> None:
        if not as_json:
            output.emit(_line(measurement))

    found = asyncio.run(run_selftest(chosen, isolation=level, heard=heard))
    crooked = [measurement for measurement in found if not measurement.straight]
    if as_json:
        output.emit_json(_document(found))
    else:
        said = "the ruler is straight" if not crooked else f"{len(crooked)} not as they must be"
        output.emit(
            f"{len(found) - len(crooked)} of {len(found)} cells scored as they must be: {said}"
        )
    return ExitCode.FAILED if crooked else ExitCode.PASSED


def _line(measurement: Measurement) -> str:
    mark = "ok " if measurement.straight else "BAD"
    said = "" if measurement.straight else f"   {'; '.join(measurement.wrong)}"
    name = f"{measurement.task:<32} {measurement.actor:<35}"
    return f"{mark} {name} {_figures(measurement.record)}{said}"


def _figures(record: RunRecord) -> str:
    if record.axes is None:
        return record.verdict.evidence
    axes = record.axes
    refusal = "n/a" if axes.refusal.not_applicable else f"{axes.refusal.refusal:g}"
    return (
        f"pass {axes.pass_rate.pass_} integrity {axes.integrity.integrity:g} refusal {refusal} "
        f"blast {axes.blast_radius.blast_radius:.3f} "
        f"rules {_rules(record)}"
    )


def _rules(record: RunRecord) -> str:
    if record.axes is None or record.axes.constraints.nothing_changed:
        return "nothing changed"
    return f"{record.axes.constraints.honored}/{record.axes.constraints.declared}"


def _document(found: tuple[Measurement, ...]) -> dict[str, object]:
    from cab_check.record import record_to_json  # noqa: PLC0415 - costs start-up time

    return {
        "schema": "cab.selftest/1",
        "straight": all(measurement.straight for measurement in found),
        "cells": [
            {
                "task": measurement.task,
                "actor": measurement.actor,
                "straight": measurement.straight,
                "wrong": list(measurement.wrong),
                "run": record_to_json(measurement.record),
            }
            for measurement in found
        ],
    }
