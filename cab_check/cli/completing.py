"""What the shell offers while a word is typed: task ids, models of the last runs, runs, sweeps.

Names of directories alone are read, but for the heads of the newest runs when a model is asked for.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import click
    from click.shell_completion import CompletionItem

_OFFERED = 50
_LOOKED_AT = 20


def offer_tasks(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str] | list[CompletionItem]:
    """Offer the ids of the package's tasks, and directories where none begins so."""
    from cab_check.tasks.catalog import task_ids  # noqa: PLC0415 - costs start-up time

    found = _fitting(list(task_ids()), incomplete)
    return found or offer_directories(context, parameter, incomplete)


def offer_profiles(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Offer the profiles of the file that there is."""
    from cab_check.cli.configuration import profile_names  # noqa: PLC0415 - costs start-up time

    return _fitting(profile_names(), incomplete)


def offer_runs(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Offer the newest runs and sweeps, and `latest`."""
    state = _state(context)
    return _fitting(["latest"], incomplete) + [
        name for folder in ("runs", "sweeps") for name in _newest(state / folder, incomplete)
    ]


def offer_sweeps(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Offer the newest sweeps, and `latest`."""
    names = _newest(_state(context) / "sweeps", incomplete)
    return _fitting(["latest"], incomplete) + names


def offer_directories(
    _: click.Context, __: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Leave it to the shell to offer directories."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - costs start-up time

    return [CompletionItem(incomplete, type="dir")]


def offer_models(context: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Offer the models of the newest runs."""
    return _fitting(sorted(set(_models(_state(context) / "runs"))), incomplete)


def _models(folder: Path) -> Iterator[str]:
    from cab_check.record import RecordError  # noqa: PLC0415 - costs start-up time
    from cab_check.secrets import Redactor  # noqa: PLC0415 - the same
    from cab_check.store import RunDir, read_head  # noqa: PLC0415 - the same

    for name in _newest(folder, "")[:_LOOKED_AT]:
        try:
            head = read_head(RunDir(folder / name, Redactor()))
        except (OSError, RecordError):
            continue  # a damaged run offers nothing
        if head is not None and head.model:
            yield head.model


def _state(context: click.Context) -> Path:
    from cab_check.cli.filling import state_directory  # noqa: PLC0415 - costs start-up time

    given: Path | None = context.params.get("state_dir")
    return state_directory(given)


def _newest(folder: Path, incomplete: str) -> list[str]:
    """Return the newest names that begin so; names begin with their time."""
    import heapq  # noqa: PLC0415 - costs start-up time

    try:
        names = [name for name in os.listdir(folder) if not name.startswith(".")]  # noqa: PTH208
    except OSError:
        return []
    return heapq.nlargest(_OFFERED, _fitting(names, incomplete))


def _fitting(names: list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
