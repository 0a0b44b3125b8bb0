"""The head of a record: what a list shows of a run, read without the rest of the file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.record.fields import Fields, RecordError
from cab_check.record.types import RUN_SCHEMA, Versions

if TYPE_CHECKING:
    from cab_check.store.rundir import RunDir

_FIRST = 4096
_END = b'\n "axes":'
"""The key after the verdict: from there on a record may be long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Which cell a run was and how it ended. `fault` None with `scored` is a pass.

    `started_at` is a timestamp in UTC as written.
    """

    versions: Versions
    task: str
    model: str
    endpoint: str
    sweep_id: str
    repeat: int
    seed: int | None
    started_at: str
    demo: bool
    scored: bool
    fault: str | None

    @property
    def outcome(self) -> str:
        """Return `passed`, `failed` or `not scored`."""
        if not self.scored:
            return "not scored"
        return "passed" if self.fault is None else "failed"


def read_head(run_dir: RunDir) -> Head | None:
    """Read the first part of a run's record; None where there is no record.

    Raises RecordError for one that is damaged in that part or of another schema, and OSError.
    """
    try:
        descriptor = os.open(run_dir.record_path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        content = os.read(descriptor, _FIRST)
        end = content.find(_END)
        while end < 0 and (more := os.read(descriptor, 1 << 20)):
            content += more
            end = content.find(_END)
    finally:
        os.close(descriptor)
    if end >= 0:  # the comma before the key goes too
        content = content[:end].rstrip().rstrip(b",") + b"}"
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RecordError("it is no JSON") from error
    return _head(Fields.of(value, "$"))


def _head(top: Fields) -> Head:
    if top.text("schema") != RUN_SCHEMA:
        raise RecordError(f"$.schema is {top.text('schema')!r}; this cab reads {RUN_SCHEMA}")
    identity, verdict = top.child("identity"), top.child("verdict")
    versions = top.child("versions")
    return Head(
        versions=Versions(
            cab_check=versions.text("cab_check"),
            agent_prompt_sha256=versions.text("agent_prompt_sha256"),
            fixture_sha256=versions.text_or_none("fixture_sha256"),
            judge_sha256=versions.text_or_none("judge_sha256"),
            scorers=versions.text("scorers"),
        ),
        task=identity.text("task"),
        model=identity.text("model"),
        endpoint=identity.text("endpoint"),
        sweep_id=identity.text("sweep_id"),
        repeat=identity.whole("repeat"),
        seed=identity.whole_or_none("seed"),
        started_at=top.child("timing").text("started_at"),
        demo=top.flag("demo", default=False),
        scored=verdict.text("status") == "scored",
        fault=verdict.text_or_none("fault"),
    )
