"""A record without secrets, whose own vocabulary stays: a key of `none` must not eat a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.secrets import Redactor

# values of closed sets are ours: they hold no secret, though one may be spelled the same
_CLOSED = (
    ("schema",),
    ("notice",),
    ("reason",),
    ("identity", "task_origin"),
    ("identity", "tui"),
    ("identity", "agent"),
    ("timing", "started_at"),
    ("timing", "ended_at"),
    ("timing", "tokens_source"),
    ("stop_reason",),
    ("verdict", "status"),
    ("verdict", "fault"),
    ("axes", "refusal", "refusal_correct"),
    ("preview", "tokens", "source"),
    ("isolation", "level"),
)


def redact_record(value: dict[str, object], redactor: Redactor) -> dict[str, object]:
    """Return the JSON object of a record with no secret in it; it reads back as a record."""
    hidden = {key: redactor.value(inner) for key, inner in value.items()}
    for path in _CLOSED:
        _restore(value, hidden, path)
    return hidden


def _restore(value: object, hidden: object, path: tuple[str, ...]) -> None:
    for key in path[:-1]:
        value = value.get(key) if isinstance(value, dict) else None
        hidden = hidden.get(key) if isinstance(hidden, dict) else None
    if isinstance(value, dict) and isinstance(hidden, dict):
        hidden[path[-1]] = value[path[-1]]
