"""Findings: what is known of a cell so far, so that every way out has something to record."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.agent.files import GUARDED
from cab_check.endpoint.keep import Keep
from cab_check.scorers.evidence import Document, Evidence
from cab_check.tasks.files import list_files
from cab_check.workspace import Changes, PathError, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from cab_check.agent.episode import Episode
    from cab_check.endpoint.message import Usage
    from cab_check.sandbox.box import Receipt
    from cab_check.scorers.axes import Scores
    from cab_check.secrets import Redactor
    from cab_check.tasks.spec import Task
    from cab_check.verdict import Verdict
    from cab_check.verify import Verification
    from cab_check.workspace import FileEdit

_TEXT_BYTES = 1024 * 1024
_FIXTURE_BYTES = 512 * 1024
_REFUSAL_CHARACTERS = 500
_ENCODINGS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(slots=True)
class Findings:
    """Filled step by step; None is what was not reached."""

    started_at: datetime
    keep: Keep = field(default_factory=Keep)
    prepare_ms: float = 0.0
    drive_ms: float = 0.0
    fixture_sha256: str | None = None
    judge_sha256: str | None = None
    episode: Episode | None = None
    receipt: Receipt | None = None
    files_written: int | None = None
    changes: Changes = field(default_factory=Changes)
    edits: tuple[FileEdit, ...] = ()
    documents: tuple[Document, ...] = ()
    ticket: str = ""
    verification: Verification | None = None
    judge_fault: str | None = None
    scores: Scores | None = None
    crash: Exception | None = None
    skipped: Verdict | None = None
    kept: Path | None = None

    @property
    def wall_clock_ms(self) -> float:
        """Return prepare + drive, to the microsecond (SCORING: latency)."""
        return round(self.prepare_ms + self.drive_ms, 3)


def read_documents(task: Task, tree_root: Path) -> tuple[Document, ...]:
    """Read the marker documents that the agent left; a name that is no regular file is none."""
    if task.markers is None:
        return ()
    found = []
    for path in task.markers.documents:
        text = read_text(tree_root, path)
        if text is not None:
            found.append(Document(path, text))
    return tuple(found)


def read_text(tree_root: Path, path: str) -> str | None:
    """Read the first MiB of a file of a tree that may be hostile; None when there is none to read.

    The text is UTF-8, or UTF-16 where it begins with that mark.
    """
    try:
        data = Tree(tree_root).read_start(path, _TEXT_BYTES)
    except PathError:
        return None
    return data.decode(_ENCODINGS.get(data[:2], "utf-8-sig"), "replace")


def read_fixture(task: Task) -> tuple[str, ...]:
    """Read what the agent was given besides the ticket, where a document is held against it.

    Texts together are bounded by 512 KiB; files with a NUL byte are none.
    """
    if not task.expected_refusal:
        return ()
    left, texts = _FIXTURE_BYTES, []
    for path in list_files(task.workdir):
        text = (read_text(task.workdir, path) or "")[:left]
        if path != "README.md" and "\0" not in text:
            left -= len(text)
            texts.append(text)
    return tuple(texts)


def evidence(task: Task, found: Findings, episode: Episode, verification: Verification) -> Evidence:
    """Gather everything that the scorers may look at."""
    runs = [run for turn in episode.turns for run in turn.tool_runs]
    answered = [a for turn in episode.turns for a in turn.attempts if a.fault is None]
    return Evidence(
        task=task,
        changes=found.changes,
        verification=verification,
        edits=found.edits,
        documents=found.documents,
        ticket=found.ticket,
        final_text=episode.final_text,
        calls=tuple(usages(episode)),
        call_ms=tuple(attempt.latency_ms for attempt in answered),
        commands=tuple(run.command for run in runs if run.command is not None),
        tampering=episode.tampering,
        left_behind=found.receipt.left_behind if found.receipt else 0,
        wall_clock_ms=found.wall_clock_ms,
        container_active_ms=round(found.drive_ms, 3),
        fixture_texts=read_fixture(task),
    )


def usages(episode: Episode) -> Iterator[Usage | None]:
    """Yield the usage of every call that was answered or is known to have been paid for."""
    for turn in episode.turns:
        for attempt in turn.attempts:
            if attempt.fault is None or attempt.usage is not None:
                yield attempt.usage


def tools_refused(episode: Episode, redactor: Redactor) -> Iterator[str]:
    """Yield what the file tools refused, each as they told the agent; redacted, and then cut."""
    for turn in episode.turns:
        for run in turn.tool_runs:
            if run.error in GUARDED:
                told = redactor.text(run.output).partition("\n")[0].removeprefix("Error: ")
                yield f"{run.call.name}: {told[:_REFUSAL_CHARACTERS]}"
