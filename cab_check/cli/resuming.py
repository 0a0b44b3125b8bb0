"""Going on with a sweep: what was typed when it began counts, but for what may change."""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cab_check.cli.targets import renamed
from cab_check.endpoint.address import parse
from cab_check.errors import UsageError
from cab_check.sweep.recording import CAPS
from cab_check.tasks.catalog import is_own, select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cab_check.cli.targets import Target
    from cab_check.record import SweepRecord
    from cab_check.store import Store, SweepDir
    from cab_check.tasks.task import Task

# where things lie: another place may be given for the same thing
_PLACES = frozenset({"endpoint", "targets", "tasks"})
# may be told where they were not known
_PRICES = frozenset({"price_in", "price_out"})
# what makes a sweep the measurement that it is; everything else may differ from start to start
_FIXED = (
    "endpoint", "model", "targets", "tasks", "seed", "repeat", "shard", "shard_index", "no_stream",
    "temperature", "max_tokens", "extra_body", "max_turns", "timeout", "command_timeout",
    "token_limit", "cost_limit", "price_in", "price_out", "salvage_text_calls", "isolation", "tui",
    "published_model", "record_wire", "connect_timeout", "first_event_timeout", "idle_timeout",
    "attempts", "retry_wait", "process_limit", "memory_limit", "disk_limit",
)  # fmt: skip


def find_resumed(store: Store, text: str) -> SweepDir:
    """Return the sweep to go on with; raises UsageError, also for one of another store."""
    found = store.find_sweep(text)
    if found.path.parent.resolve() != store.sweeps_folder.resolve():
        raise UsageError(
            f"the sweep {found.path} is none of {store.sweeps_folder}",
            hint=f"its runs lie beside it: give --state-dir {found.path.parent.parent}",
        )
    return found


def options_to_keep(
    given: Mapping[str, Any], tasks: Sequence[Task], targets: Sequence[Target]
) -> Mapping[str, object]:
    """Return what another start needs to know, as JSON values, without a secret.

    Of headers only the names are kept, of addresses only what may be printed, of keys only whether
    there was one; `tasks` are those that were chosen, whatever globs matched them, and paths are
    made absolute. What the environment gave is kept as if it had been typed.
    """
    found: dict[str, object] = {name: _plain(given[name]) for name in (*_FIXED, *CAPS, "key_env")}
    found["tasks"] = _named(tasks)
    if given["targets"] is not None:
        found["targets"] = str(Path.cwd() / given["targets"])
    else:
        addresses = dict.fromkeys(target.endpoint.url for target in targets)
        whole = [parse(url) for url in addresses]
        found["endpoint"] = [place.printable for place in whole]
        found["address_needed"] = any(place.userinfo is not None or place.query for place in whole)
        models = dict.fromkeys(t.endpoint.model for t in targets if t.endpoint.model)
        found["model"] = list(models)
    found["headers_needed"] = [text.partition(":")[0].strip() for text in given["header"]]
    found["keys_needed"] = [bool(target.endpoint.key) for target in targets]
    return MappingProxyType(found)


def with_kept_options(
    given: Mapping[str, Any], typed: frozenset[str], record: SweepRecord
) -> Mapping[str, Any]:
    """Return the options of the sweep's beginning, with those laid over that may change.

    Raises UsageError for an option that was typed now and would make another measurement of it, and
    for a secret that has to be given again.
    """
    kept = record.settings
    _refuse_changed(typed, given, record)
    _ask_for_headers(given, kept)
    merged = dict(given)
    for name in _FIXED:
        if name in kept and not (name in _PLACES | _PRICES and name in typed):
            merged[name] = _back(name, kept[name])
    if "endpoint" not in typed and kept.get("address_needed"):
        merged["endpoint"] = _address_again()
    if "tasks" not in typed:
        _look_for_own(merged["tasks"])
    for cap in CAPS:
        if cap not in typed and kept.get(cap) is not None:
            merged[cap] = kept[cap]
    if given["key"] is None and given["key_env"] is None and not given["key_stdin"]:
        merged["key_env"] = kept.get("key_env")
    return MappingProxyType(merged)


def _refuse_changed(typed: frozenset[str], given: Mapping[str, Any], record: SweepRecord) -> None:
    """Raise UsageError for what was typed and would change.

    Where a task, an endpoint or the file of targets lies may: they are held by what is there.
    """
    kept = record.settings
    told = {name for name in _PRICES if kept.get(name) is None}
    fixed = [name for name in _FIXED if name in typed and name not in _PLACES | told]
    changed = [name for name in fixed if _plain(given[name]) != kept.get(name)]
    if "tasks" in typed:
        there = [task.id for task in select(given["tasks"])]
        changed += ["task"] if there != [task.id for task in record.tasks] else []
    for name in changed:
        raise UsageError(
            "--resume goes on with what the sweep was begun with; "
            f"--{name.replace('_', '-')} cannot change",
            hint="leave the option out, or start a new sweep",
        )


def _look_for_own(tasks: Sequence[str]) -> None:
    """Raise UsageError for a task of the user's own whose directory is not there any more."""
    for task in tasks:
        if task.startswith("/") and not Path(task).is_dir():
            raise UsageError(
                f"the sweep's task {task} is not there any more",
                hint="where it has moved, give --task with each task's place",
            )


def missing_key(
    given: Mapping[str, Any], targets: Sequence[Target], record: SweepRecord
) -> UsageError | None:
    """Say where there was a key when the sweep began and is none now: keys are never kept."""
    needed = record.settings.get("keys_needed")
    for target, had in zip(targets, needed if isinstance(needed, list) else (), strict=False):
        if had and not target.endpoint.key and given["key"] is None:
            return UsageError(
                f"the sweep was begun with a key for {target.name}, and keys are never kept",
                hint="set CAB_KEY, or give --key, --key-env NAME or --key-stdin once more",
            )
    return None


def with_kept_models(targets: Sequence[Target], record: SweepRecord) -> tuple[Target, ...]:
    """Return the targets with the models that were found for them when the sweep began."""
    models = [place.model for place in record.targets]
    models += [""] * (len(targets) - len(models))
    return tuple(
        target if target.endpoint.model else renamed(target, model)
        for target, model in zip(targets, models, strict=False)
    )


def _ask_for_headers(given: Mapping[str, Any], kept: Mapping[str, object]) -> None:
    headers = set(_names(kept.get("headers_needed")))
    missing = headers - {text.partition(":")[0].strip() for text in given["header"]}
    if missing:
        raise UsageError(
            f"the sweep was begun with --header {', '.join(sorted(missing))}, and values are "
            "not kept",
            hint="give --header again",
        )


def _address_again() -> tuple[str, ...]:
    url = os.environ.get("CAB_ENDPOINT", "").strip()
    if not url:
        raise UsageError(
            "the sweep's address holds a user name or a query, which is not kept",
            hint="give --endpoint again, or set CAB_ENDPOINT",
        )
    return (url,)


def _named(tasks: Sequence[Task]) -> list[str]:
    return [str(task.root) if is_own(task) else task.id for task in tasks]


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _back(name: str, value: object) -> object:
    if name == "targets":
        return None if value is None else Path(str(value))
    return tuple(value) if isinstance(value, list) else value


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []
