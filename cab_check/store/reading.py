"""Run: everything that a run left on disk, read back for whoever shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.record import RecordError, record_from_json
from cab_check.store.messages import messages_from_json
from cab_check.store.spans import read_spans

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.endpoint.message import Message
    from cab_check.record import RunRecord
    from cab_check.store.rundir import RunDir
    from cab_check.trace import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as renderers get it.

    `spans` are in the order they began; `patch` is the unified diff, None when it was not kept.
    `directory` is None for a run that could not be kept. `notes` say, one sentence each, what was
    missing or damaged and is therefore not here.
    """

    record: RunRecord
    spans: tuple[Span, ...] = ()
    messages: tuple[Message, ...] = ()
    patch: str | None = None
    directory: Path | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything of a run but its record; the fields are those of Run."""

    spans: tuple[Span, ...]
    messages: tuple[Message, ...]
    patch: str | None
    notes: tuple[str, ...]


class UnreadableError(UsageError):
    """A run's record is not there, damaged, or of a newer cab; what stands beside it may be whole.

    `read_remains` reads that.
    """


def read_run(run_dir: RunDir) -> Run:
    """Read one run directory; raises UnreadableError when the record is not there or not whole."""
    record = read_record(run_dir)
    parts = read_parts(run_dir)
    return Run(
        record=record,
        spans=parts.spans,
        messages=parts.messages,
        patch=parts.patch,
        directory=run_dir.path,
        notes=parts.notes,
    )


def read_parts(run_dir: RunDir) -> Parts:
    """Read what stands beside the record; what is missing or damaged is in the notes."""
    notes: list[str] = []
    trace = _content(run_dir.trace_path, notes)
    spans, skipped = read_spans(trace or b"")
    notes.extend(skipped)
    messages = _messages(run_dir.messages_path, notes)
    patch = _content(run_dir.patch_path, notes)
    return Parts(
        spans=spans,
        messages=messages,
        patch=None if patch is None else patch.decode("utf-8", "surrogateescape"),
        notes=tuple(notes),
    )


def read_record(run_dir: RunDir) -> RunRecord:
    """Read the record alone; raises UnreadableError."""
    try:
        return record_from_json(json.loads(run_dir.record_path.read_bytes()))
    except FileNotFoundError as error:
        raise UnreadableError(
            f"run {run_dir.name} has no record: it was cut off before one was written",
            hint=f"what it did until then is in {run_dir.trace_path}",
        ) from error
    except OSError as error:
        raise UnreadableError(
            f"{run_dir.record_path} cannot be read: {error.strerror}", hint="mend its permissions"
        ) from error
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, RecordError) else "it is no JSON"
        raise UnreadableError(
            f"{run_dir.record_path} is damaged, or written by a newer cab: {what}",
            hint="run the cell again, or update cab",
        ) from error


def _content(path: Path, notes: list[str]) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        notes.append(f"{path.name} is missing")
    except OSError as error:
        notes.append(f"{path.name} cannot be read: {error.strerror}")
    return None


def _messages(path: Path, notes: list[str]) -> tuple[Message, ...]:
    content = _content(path, notes)
    try:
        return () if content is None else messages_from_json(json.loads(content))
    except (ValueError, RecursionError):
        notes.append(f"{path.name} is damaged and was skipped")
        return ()
