"""Going on with a sweep: what was typed when it began counts, but for what may change."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cab_check.endpoint.address import parse
from cab_check.errors import UsageError
from cab_check.tasks.catalog import is_own

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cab_check.record import SweepRecord
    from cab_check.tasks.task import Task

# what makes a sweep the measurement that it is; everything else may differ from start to start
_KEPT = (
    "endpoint", "model", "targets", "tasks", "seed", "repeat", "shard", "shard_index", "no_stream",
    "temperature", "max_tokens", "extra_body", "max_turns", "timeout", "command_timeout",
    "token_limit", "cost_limit", "price_in", "price_out", "salvage_text_calls", "isolation", "tui",
    "published_model", "record_wire", "connect_timeout", "first_event_timeout", "idle_timeout",
    "attempts", "retry_wait", "process_limit", "memory_limit", "disk_limit",
)  # fmt: skip


def options_to_keep(
    given: Mapping[str, Any], tasks: Sequence[Task], folder: Path
) -> Mapping[str, object]:
    """Return what another start needs to know, as JSON values, without a secret.

    Of headers only the names are kept, of addresses only what may be printed; `tasks` are those
    that were chosen, whatever globs matched them, and paths are made absolute from `folder`.
    """
    found: dict[str, object] = {name: _plain(given[name]) for name in _KEPT}
    found["tasks"] = [str(task.root) if is_own(task) else task.id for task in tasks]
    if given["targets"] is not None:
        found["targets"] = str(folder / given["targets"])
    shown = [parse(url).printable for url in given["endpoint"]]
    whole = [parse(url) for url in given["endpoint"]]
    found["endpoint"] = shown
    found["address_needed"] = any(place.userinfo is not None or place.query for place in whole)
    found["headers_needed"] = [text.partition(":")[0].strip() for text in given["header"]]
    return MappingProxyType(found)


def with_kept_options(
    given: Mapping[str, Any], typed: frozenset[str], record: SweepRecord
) -> Mapping[str, Any]:
    """Return the options of the sweep's beginning, with those laid over that may change.

    Raises UsageError for one that was typed now and would make another measurement of it, and for
    a secret that has to be given again.
    """
    kept = record.settings
    for name in _KEPT:
        if name in typed and name != "endpoint" and _plain(given[name]) != kept.get(name):
            raise UsageError(
                "--resume goes on with what the sweep was begun with; "
                f"{_option(name)} cannot change",
                hint="leave the option out, or start a new sweep",
            )
    headers = set(_names(kept.get("headers_needed")))
    missing = headers - {text.partition(":")[0].strip() for text in given["header"]}
    if missing:
        raise UsageError(
            f"the sweep was begun with --header {', '.join(sorted(missing))}, and values are "
            "not kept",
            hint="give --header again",
        )
    if kept.get("address_needed") and "endpoint" not in typed:
        raise UsageError(
            "the sweep's address holds a user name or a query, which is not kept",
            hint="give --endpoint again",
        )
    merged = dict(given)
    for name in _KEPT:
        if name in kept and not (name == "endpoint" and "endpoint" in typed):
            merged[name] = _back(name, kept[name])
    return MappingProxyType(merged)


def _option(name: str) -> str:
    return "--task" if name == "tasks" else f"--{name.replace('_', '-')}"


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
