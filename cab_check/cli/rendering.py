"""What `cab report` does with what was typed."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cab_check.cli import output
from cab_check.cli.files import append, write
from cab_check.cli.filling import state_directory
from cab_check.cli.paging import Found, print_page, write_page, write_sweep
from cab_check.cli.report import FORMATS, NO_FILE
from cab_check.errors import ExitCode, UsageError
from cab_check.store import Store, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cab_check.cli.report import Format, Part
    from cab_check.record import Sweep
    from cab_check.store import Run, RunDir, SweepDir

_STDOUT = "-"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Shown:
    """The runs that are shown, and the sweep whose cells they are."""

    runs: Sequence[Run]
    sweep: Sweep | None

    def rendered(self, module: Any, option: str) -> str:
        """Return what a module makes of them; raises UsageError where it takes one run alone."""
        if self.sweep is not None and hasattr(module, "render_many"):
            content: str = module.render_many(self.runs, self.sweep)
        elif len(self.runs) > 1 and hasattr(module, "render_many"):
            content = module.render_many(self.runs)
        else:
            content = module.render(_only(self.runs, option))
        return content


def run_report(text: str | None, given: Mapping[str, Any]) -> ExitCode:
    """Show a run, or a sweep, in every form that was asked for, and say where."""
    wanted = {form.name: given[form.name] for form in FORMATS if given[form.name] is not None}
    if given["open_it"]:
        wanted.setdefault("html", NO_FILE)
    _check(text, wanted, given)
    store = Store(state_directory(given["state_dir"]))
    sweep = store.named_sweep(text)
    found = [_found(store, each, given["published_model"]) for each in store.select(text)]
    if "html" in wanted:
        _write_html(sweep, found, wanted.pop("html"), open_it=given["open_it"])
    for each in found:  # a page shows what is left of such a run, the other forms do not
        if each.error is not None:
            raise each.error
    runs = [each.run for each in found if each.run is not None]
    shown = _Shown(runs, None if sweep is None else sweep.whole())
    for form in FORMATS:
        if form.name in wanted:
            _write(form, shown, wanted[form.name])
    if given["github"]:
        _append_summary(shown)
    if given["replay"]:
        from cab_check.cli.replay import play  # noqa: PLC0415 - the other forms need no clock

        play(_only(runs, "--replay"), speed=given["speed"])
    return ExitCode.PASSED


def _check(text: str | None, wanted: Mapping[str, str], given: Mapping[str, Any]) -> None:
    if not wanted and not given["github"] and not given["replay"]:
        names = ", ".join(f"--{form.name}" for form in FORMATS)
        raise UsageError("nothing was asked for", hint=f"give one of {names}, --github, --replay")
    for name, file in wanted.items():
        if text is None and file not in (NO_FILE, _STDOUT) and not Path(file).suffix:
            # most likely a run's name, which the option took for its FILE
            raise UsageError(
                f"--{name} {file}: is that a run, or the file to write?",
                hint=f"as in `cab report {file} --{name}`, or `--{name} {file}.{name}`",
            )


def _found(store: Store, place: RunDir, model: str | None) -> Found:
    try:
        return Found(place, _beside(store.read(place), model))
    except UnreadableError as error:
        return Found(place, None, error)


def _write_html(
    sweep: SweepDir | None, found: Sequence[Found], file: str, *, open_it: bool
) -> None:
    if file == _STDOUT:
        print_page(found)
        return
    target = None if file == NO_FILE else Path(file)
    if sweep is None and len(found) == 1:
        path = write_page(found[0], target)
    else:
        path = write_sweep(found, target, sweep)
    output.emit(str(path))
    if open_it:
        _open(path)


def _beside(run: Run, model: str | None) -> Run:
    """Let a run stand beside the published model that was named."""
    if model is None:
        return run
    identity = replace(run.record.identity, compared_model=model)
    return replace(run, record=replace(run.record, identity=identity))


def _write(form: Format, shown: _Shown, file: str) -> None:
    """Write one format, and say where its files are."""
    alone = len(shown.runs) == 1 and shown.sweep is None
    directory = shown.runs[0].directory if alone else None
    for part in _parts(form, file):
        content = shown.rendered(importlib.import_module(part.module), f"--{form.name}")
        _deliver(content, _place(part, form, file, directory), form)


def _deliver(content: str, path: Path | None, form: Format) -> None:
    if path is None:
        output.emit(content)
        return
    write(path, content, option=f"--{form.name}")
    output.emit(str(path))


def _parts(form: Format, file: str) -> tuple[Part, ...]:
    if file == NO_FILE:
        return form.parts
    suffix = Path(file).suffix
    fits = (part for part in form.parts if part.file_name and Path(part.file_name).suffix == suffix)
    return (next(fits, form.parts[0]),)


def _only(runs: Sequence[Run], option: str) -> Run:
    if len(runs) == 1:
        return runs[0]
    names = ", ".join(run.directory.name for run in runs[:_NAMED] if run.directory)
    more = f" and {len(runs) - _NAMED} more" if len(runs) > _NAMED else ""
    raise UsageError(
        f"{option} shows one run, and this sweep has {len(runs)}", hint=f"name one: {names}{more}"
    )


def _place(part: Part, form: Format, file: str, directory: Path | None) -> Path | None:
    """Return where a part goes, None for stdout; `directory` is the run's own."""
    if file == _STDOUT or (file == NO_FILE and part.file_name is None):
        return None
    if file != NO_FILE:
        return Path(file)
    if directory is None or part.file_name is None:
        raise UsageError(
            f"--{form.name} of a sweep needs a file to write", hint=f"as in --{form.name} FILE"
        )
    return directory / part.file_name


def _append_summary(shown: _Shown) -> None:
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if not target:
        output.say("note: GITHUB_STEP_SUMMARY is not set: nothing was appended")
        return
    from cab_check.report import markdown  # noqa: PLC0415 - costs start-up time

    append(Path(target), shown.rendered(markdown, "--github"))


def _open(path: Path) -> None:
    if click.launch(path.absolute().as_uri()) != 0:
        output.say(f"no browser could be started; open {path}")
