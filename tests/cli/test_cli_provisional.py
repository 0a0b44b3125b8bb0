"""Provisional by construction: whatever shows a score shows the flag, the reason and versions."""

from __future__ import annotations

import html
import importlib
import io
import pkgutil
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from rich.console import Console

from cab_check import report as room
from cab_check.cli import cab as command_line
from cab_check.cli.report import FORMATS
from cab_check.record import (
    Sweep,
    SweepRecord,
    TargetRecord,
    TaskOrigin,
    TaskRecord,
    Versions,
    summarise,
)
from cab_check.report.sweep import sweep_summary
from cab_check.store import Store
from tests.cli.conftest import SWEEP, TASK
from tests.report.report_samples import CONVERSATION, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.record import RunRecord

    Seen = Any

PROMPT, FIXTURE, JUDGE = "12ab34cd" * 8, "56ef78ab" * 8, "90cd12ef" * 8
PLANTED = Versions(
    cab_check="7.6.5", agent_prompt_sha256=PROMPT, fixture_sha256=FIXTURE, judge_sha256=JUDGE,
    scorers="77",
)  # fmt: skip
NO_SCORE = {
    "completion",
    "doctor",
    "mock",
    "selftest",
    "runs prune",
    "tasks list",
    "tasks show",
    "tasks new",
    "tasks check",
}
"""They show no score of a model."""
SHOW_THEIR_OWN = {"check", "demo", "runs merge"}
"""They make what they show, by the renderers of `runs show` and of a sweep, looked at below."""


def leaves(group: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that can be typed."""
    if not isinstance(group, click.Group):
        yield path, group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        inner = group.get_command(context, name)
        assert inner is not None
        yield from leaves(inner, f"{path} {name}".strip())


COMMANDS = dict(leaves(command_line))


def planted(name: str, repeat: int) -> RunRecord:
    """Return a record of a demo whose versions no constant of ours can know."""
    record = sample(name, demo=True, versions=PLANTED)
    return replace(record, identity=replace(record.identity, sweep_id=SWEEP, repeat=repeat))


SWEPT = SweepRecord(
    sweep_id=SWEEP,
    cab_check="7.6.5",
    agent_prompt_sha256=PROMPT,
    scorers="77",
    started_at=datetime(2026, 11, 23, 18, 12, tzinfo=UTC),
    targets=(TargetRecord(name="one", endpoint="http://127.0.0.1/v1", model="m"),),
    tasks=(
        TaskRecord(
            id=TASK, origin=TaskOrigin.PUBLISHED, fixture_sha256=FIXTURE, judge_sha256=JUDGE
        ),
    ),
    repeats=2,
    jobs=1,
    plan=("0:integrity/ambiguous-ticket:1", "0:integrity/ambiguous-ticket:2"),
    demo=True,
)


@pytest.fixture
def names(tmp_path: Path) -> tuple[str, ...]:
    """Keep a sweep of two runs; their names."""
    store, names = Store(tmp_path / "state"), []
    sweep = store.sweep(SWEEP)
    sweep.write(SWEPT)
    for number in (1, 2):
        record = planted("passed", number)
        run_dir = store.create(record.identity.task, record.timing.started_at)
        run_dir.write_record(record)
        run_dir.write_messages(CONVERSATION)
        run_dir.trace_path.write_text("")
        names.append(run_dir.name)
        cell = summarise(record, number=number, target=0, run=run_dir.name)
        sweep.add(cell)
    return tuple(names)


def lacking(shown: str, record: Versions, *, whole: bool = True) -> list[str]:
    """Name what a rendering does not carry; breaks of lines and markup aside."""
    text = re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]*>", "", shown)))
    wanted = {"flag": "provisional", "version": record.cab_check}
    if whole:
        wanted |= {
            "notice": "notforcitation",
            "reason": "underaneleventhagent,cab'sown",
            "prompt": record.agent_prompt_sha256[:12],
            "fixture": str(record.fixture_sha256)[:12],
            "judge": str(record.judge_sha256)[:12],
        }
    low = text.lower()
    return [name for name, sign in wanted.items() if sign not in low]


def read(file: Path) -> str:
    """Return what a file that was written shows; of a zip all that is in it."""
    if file.suffix != ".zip":
        return file.read_text(encoding="utf-8")
    with zipfile.ZipFile(file) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def ways(names: tuple[str, ...], place: Path) -> Iterator[tuple[str, ...]]:
    """Yield every way to show a kept run or sweep: each command, each format, each switch."""
    first, second = names
    formats = [
        (first, f"--{form.name}", str(place / part.file_name) if part.file_name else "-")
        for form in FORMATS
        for part in form.parts
    ]
    more = [(SWEEP, "--markdown"), (SWEEP, "--junit"), (first, "--replay", "--speed", "100000")]
    index = (SWEEP, "--html", str(place / "index.html"))
    shown: dict[str, list[tuple[str, ...]]] = {
        "runs list": [()],
        "runs show": [(first,), (SWEEP,)],
        "runs compare": [(first, second), (SWEEP, SWEEP)],
        "runs export": [(first, str(place / "a.zip")), (SWEEP, str(place / "b.zip"))],
        "report": [*formats, *more, index],
    }
    assert set(shown) | NO_SCORE | SHOW_THEIR_OWN == set(COMMANDS), "a command is not in the walk"
    for command, given in shown.items():
        switches = [
            option.opts[0]
            for option in COMMANDS[command].params
            if isinstance(option, click.Option) and option.is_flag and command != "report"
        ]
        for arguments in given:
            if command == "runs export":
                yield (*command.split(), "--yes", *arguments)
                continue
            way = (*command.split(), *arguments)
            yield way
            yield from ((*way, switch) for switch in switches)
            if "--sweeps" in switches:
                yield (*way, "--sweeps", "--json")


def test_every_rendering_is_provisional(
    cab: Callable[..., Seen], names: tuple[str, ...], tmp_path: Path
) -> None:
    """Flag, reason and versions of the record are in each of them, whatever switch is given."""
    found: dict[str, list[str]] = {}
    for way in ways(names, tmp_path):
        seen = cab(*way)
        file = Path(way[-1])
        shown = read(file) if file.is_file() else seen.out
        assert seen.code == 0, (way, seen.err)
        short = file.name == "badge.json"  # its reader refuses keys of ours: one short message
        if missing := lacking(shown, PLANTED, whole=not short):
            found[" ".join(way[:1] + way[-2:])] = missing
    assert found == {}
    board = io.StringIO()
    Console(file=board, width=40).print(sweep_summary(Sweep(SWEPT, ())))
    assert lacking(board.getvalue(), PLANTED) == []


def test_a_renderer_is_in_the_walk() -> None:
    """Every module that renders a run is a format of `cab report`, which the walk goes through."""
    modules = [importlib.import_module(f"{room.__name__}.{each.name}")
               for each in pkgutil.iter_modules(room.__path__)]  # fmt: skip
    renders = {module.__name__ for module in modules if hasattr(module, "render")}
    assert renders == {part.module for form in FORMATS for part in form.parts}


@pytest.mark.parametrize("switch", ["--verbose", "--json"])
def test_a_run_shows_it_at_its_end(cab: Callable[..., Seen], tmp_path: Path, switch: str) -> None:
    """What is printed when a run ends carries what was recorded of it."""
    seen = cab("demo", "--task", TASK, "--actor", "noop", "--isolation", "none", switch)
    store = Store(tmp_path / "state")
    record = store.read(store.find(None)).record
    assert lacking(seen.out, record.versions) == []
