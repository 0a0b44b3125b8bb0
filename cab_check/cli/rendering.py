"""What `cab report` does with what was typed."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cab_check.cli import output
from cab_check.cli.filling import state_directory
from cab_check.cli.report import FORMATS, NO_FILE
from cab_check.errors import ExitCode, MachineError, UsageError
from cab_check.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cab_check.cli.report import Format
    from cab_check.store import Run

_STDOUT = "-"


def run_report(
    text: str | None,
    files: Mapping[str, str | None],
    *,
    open_it: bool,
    state_dir: Path | None,
) -> ExitCode:
    """Write a run in every format that was asked for, and say where."""
    wanted = {name: file for name, file in files.items() if file is not None}
    if open_it:
        wanted.setdefault("html", NO_FILE)
    _check(text, wanted)
    store = Store(state_directory(state_dir))
    run = store.read(store.find(text))
    for form in FORMATS:
        if form.name in wanted:
            path = _write(form, run, wanted[form.name])
            if open_it and form.name == "html" and path is not None:
                _open(path)
    return ExitCode.PASSED


def _check(text: str | None, wanted: Mapping[str, str]) -> None:
    if not wanted:
        names = ", ".join(f"--{form.name}" for form in FORMATS)
        raise UsageError("nothing was asked for", hint=f"give one of {names}")
    for name, file in wanted.items():
        if text is None and file not in (NO_FILE, _STDOUT) and not Path(file).suffix:
            # most likely a run's name, which the option took for its FILE
            raise UsageError(
                f"--{name} {file}: is that a run, or the file to write?",
                hint=f"as in `cab report {file} --{name}`, or `--{name} {file}.{name}`",
            )


def _write(form: Format, run: Run, file: str) -> Path | None:
    """Write one format; return where it is, None for stdout."""
    render: Callable[[Run], str] = importlib.import_module(form.module).render
    content = render(run)
    if file == _STDOUT or (file == NO_FILE and form.file_name is None):
        output.emit(content)
        return None
    path = Path(file)
    if file == NO_FILE and form.file_name is not None and run.directory is not None:
        path = run.directory / form.file_name
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise MachineError(
            f"{path} cannot be written: {error.strerror or error}",
            hint=f"name another file: --{form.name} FILE",
        ) from error
    output.emit(str(path))
    return path


def _open(path: Path) -> None:
    if click.launch(path.absolute().as_uri()) != 0:
        output.say(f"no browser could be started; open {path}")
