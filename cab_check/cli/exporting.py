"""`cab runs export`: one zip of a run or a sweep that may be attached to a ticket."""

from __future__ import annotations

import getpass
import os
import socket
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.consent import agreed
from cab_check.cli.files import write
from cab_check.errors import ExitCode, MachineError, UsageError
from cab_check.record import RecordError
from cab_check.report.flag import heads_flag
from cab_check.store import read_head
from cab_check.store.keysearch import KeySearch
from cab_check.store.machine import Machine
from cab_check.store.parcel import Item, collect, sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.store import RunDir, Store, SweepDir
    from cab_check.store.keysearch import Finding
    from cab_check.store.parcel import Parcel

_KEYS = ("CAB_KEY", "OPENAI_API_KEY")
_NAMED = 10


def export(
    store: Store, text: str | None, file: Path | None, *, variables: Sequence[str],
    with_wire: bool, redact: bool, yes: bool,
) -> ExitCode:  # fmt: skip
    """Pack a run, or a sweep with its runs; say what is in it before it is written."""
    search = KeySearch(_keys(variables))
    runs = store.select(text)
    sweep = store.named_sweep(text)
    parcel = _collected(store, runs, sweep, with_wire=with_wire)
    if redact:
        parcel = parcel.masked(search)
    if found := parcel.findings(search):
        raise _refusal(found)
    target = file or _own_place(runs, sweep)
    for line in (*sizes(parcel), f"into {target}"):
        output.say(line)
    if not agreed(f"write {target.name}?", yes=yes):
        return ExitCode.PASSED
    write(target, parcel.zipped(), option="cab runs export RUN")
    output.emit(str(target))
    return ExitCode.PASSED


def _keys(variables: Sequence[str]) -> list[str]:
    for name in variables:
        if not os.environ.get(name, "").strip():
            raise UsageError(f"--key-env: {name} is not set or empty", hint="export it first")
    keys = [os.environ.get(name, "").strip() for name in (*_KEYS, *variables)]
    if not any(keys):
        output.say(
            "note: no key is known here, so only what looks like one is searched for; "
            "name the variable that holds it with --key-env"
        )
    return keys


def _collected(
    store: Store, runs: Sequence[RunDir], sweep: SweepDir | None, *, with_wire: bool
) -> Parcel:
    try:
        parcel = collect(runs, sweep, _machine(store), with_wire=with_wire)
    except OSError as error:
        raise MachineError(
            f"{error.filename} cannot be read: {error.strerror}", hint="mend its permissions"
        ) from error
    return replace(parcel, items=(Item("NOTICE.txt", _notice(runs)), *parcel.items))


def _notice(runs: Sequence[RunDir]) -> str:
    """Say what this is: the flag, and what was done to the files."""
    heads = []
    for run in runs:
        try:
            heads.append(read_head(run))
        except (OSError, RecordError):
            continue
    carried = heads_flag([head for head in heads if head is not None])
    return (
        f"{carried.banner}\n{carried.sentence}\n\n"
        "Paths of the machine are written as ~ (home), . (where cab was started), <state> and\n"
        "<tmp>, its user and host as <user> and <host>, wherever they stood, changes.patch\n"
        "included. Searched for keys. The endpoint's address and all that the model and the tools\n"
        "said are in it.\n"
    )


def _machine(store: Store) -> Machine:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name has none to give away
        user = ""
    return Machine(
        directories=(
            (Path.home(), "~"),
            (Path.cwd(), "."),
            (store.folder.parent, "<state>"),
            (Path(tempfile.gettempdir()), "<tmp>"),
            (Path("/tmp"), "<tmp>"),  # noqa: S108 - a name to search for
            (Path("/var/tmp"), "<tmp>"),  # noqa: S108 - the same
        ),
        user=user,
        host=socket.gethostname(),
    )


def _own_place(runs: Sequence[RunDir], sweep: SweepDir | None) -> Path:
    folder = runs[0].path if sweep is None else sweep.path
    return folder / f"{folder.name}.zip"


def _refusal(found: Sequence[Finding]) -> UsageError:
    places = [f"{each.name}:{each.line} ({each.kind})" for each in found[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return UsageError(
        f"nothing was written: a key stands in {', '.join(places)}{more}",
        hint="--redact writes [redacted] in its place; a key that got so far should be changed",
    )
