"""Spans and model calls as they happen, one JSON line each, and what a watcher is told."""

from __future__ import annotations

import json
import os
import sys
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from cab_check.clock import Clock
    from cab_check.secrets import Redactor


class SpanKind(StrEnum):
    """The kinds of span that a published trace has, and ours beside them (DESIGN §4)."""

    TASK_SETUP = "task_setup"
    ADAPTER_RUN = "adapter_run"
    MODEL_CALL = "model_call"
    TOOL_CALL = "tool_call"
    VERIFY = "verify"
    SCORE = "score"
    CLEANUP = "cleanup"


@dataclass(frozen=True, slots=True)
class Span:
    """One finished stretch of a cell; `start_ms` counts from the trace's beginning.

    Attribute names follow OpenTelemetry's GenAI conventions, `cab.*` where they have none.
    """

    id: str
    parent: str | None
    kind: SpanKind
    name: str
    start_ms: float
    duration_ms: float
    attributes: Mapping[str, object]
    error: str | None


@dataclass(slots=True)
class OpenSpan:
    """A span under way: attributes and an error may be set until it closes."""

    id: str
    attributes: dict[str, object] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What a person watching is told: the step, the last action, and how far it has come.

    `tokens` is None while no usage is known; `left_s` is what is left of the cell's time.
    """

    action: str
    turn: int = 0
    max_turns: int = 0
    tokens: int | None = None
    left_s: float | None = None


class Watcher(Protocol):
    """Whoever shows progress live."""

    def __call__(self, progress: Progress, /) -> None:
        """Show one step."""
        ...


class JsonLines:
    """A file of JSON lines, each flushed as it is written, for this user's eyes only.

    With `path` None nothing is written. `lost` says why lines could not be written, None when they
    were: a full disk costs the lines, not the score. Lines are complete or absent but for the last
    one of a process that was killed while it wrote; readers skip that one.
    """

    def __init__(self, path: Path | None) -> None:
        self.lost: str | None = None
        self._file: BinaryIO | None = None
        if path is None:
            return
        try:
            self._file = open(path, "wb", opener=_private)  # noqa: SIM115 - closed by close
        except OSError as error:
            self._lose(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what comes later is not written."""
        file, self._file = self._file, None
        try:
            if file is not None:
                file.close()
        except OSError as error:
            self._lose(error)

    def write_line(self, line: Mapping[str, object]) -> None:
        """Append one line; a lone surrogate in it is written as its JSON escape."""
        if self._file is None:
            return
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        try:
            self._file.write(text.encode("utf-8", "backslashreplace") + b"\n")
            self._file.flush()
        except OSError as error:
            self._lose(error)

    def position(self) -> int:
        """Return where the next line goes."""
        return 0 if self._file is None else self._file.tell()

    def rewind(self, position: int) -> None:
        """Take back the lines from a position on."""
        try:
            if self._file is not None:
                self._file.seek(position)
                self._file.truncate()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        """Go on without a file."""
        self.lost = error.strerror or str(error)
        file, self._file = self._file, None
        with suppress(OSError):
            if file is not None:
                file.close()


class Trace(JsonLines):
    """The trace of one cell. Each span is redacted, written and flushed when it closes.

    `redactor` is for whoever cuts a text before it comes here.
    """

    def __init__(
        self, path: Path | None, *, clock: Clock, redactor: Redactor, watcher: Watcher | None = None
    ) -> None:
        super().__init__(path)
        self.redactor = redactor
        self._clock = clock
        self._watcher = watcher
        self._zero = clock.monotonic()
        self._open: list[str] = []

    @property
    def current(self) -> str | None:
        """Return the id of the innermost open span: the parent of one that is written whole."""
        return self._open[-1] if self._open else None

    def elapsed_ms(self) -> float:
        """Return the milliseconds since the trace began."""
        return (self._clock.monotonic() - self._zero) * 1000

    @contextmanager
    def span(self, kind: SpanKind, name: str, **attributes: object) -> Iterator[OpenSpan]:
        """Time a stretch of the cell as a child of the innermost span that is open."""
        start_ms = self.elapsed_ms()
        parent = self.current
        span = OpenSpan(uuid.uuid4().hex, dict(attributes))
        self._open.append(span.id)
        broken = True
        try:
            yield span
            broken = False
        finally:
            if broken:
                span.error = span.error or type(sys.exception()).__name__
            self._open.remove(span.id)
            duration_ms = self.elapsed_ms() - start_ms
            self.write(
                Span(
                    span.id, parent, kind, name, start_ms, duration_ms, span.attributes, span.error
                )
            )

    def write(self, span: Span) -> None:
        """Append one finished span."""
        self.write_line(
            {
                "id": span.id,
                "parent": span.parent,
                "kind": span.kind.value,
                "name": self.redactor.text(span.name),
                "start_ms": round(span.start_ms, 3),
                "duration_ms": round(span.duration_ms, 3),
                "attributes": self.redactor.value(dict(span.attributes)),
                "error": self.redactor.value(span.error),
            }
        )

    def tell(self, progress: Progress) -> None:
        """Tell the watcher, if there is one."""
        if self._watcher is not None:
            self._watcher(progress)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
