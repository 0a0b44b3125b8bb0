"""Which shard of a sweep this machine runs: as typed, or as the engine that started it says."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.sweep import WHOLE, Shard

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM = re.compile(r"(\d+)/(\d+)")
_AUTO = re.compile(r"auto(?:/(\d+))?")


def find_shard(one_based: str | None, zero_based: str | None) -> Shard:
    """Return the shard that --shard I/N, --shard-index I/N (from 0) or --shard auto asks for."""
    if one_based is not None and zero_based is not None:
        raise UsageError("the shard is given twice", hint="--shard or --shard-index, not both")
    if zero_based is not None:
        return _read("--shard-index", zero_based, first=0)
    if one_based is None:
        return WHOLE
    automatic = _AUTO.fullmatch(one_based)
    if automatic is not None:
        return _automatic(os.environ, automatic[1])
    return _read("--shard", one_based, first=1)


def _read(option: str, text: str, *, first: int) -> Shard:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{option}: {text!r} is no shard", hint=f"as in {option} {first + 1}/4")
    return _shard(f"{option} {text}", int(match[1]) - first, int(match[2]))


def _shard(where: str, index: int, of: int) -> Shard:
    if of < 1 or not 0 <= index < of:
        raise UsageError(
            f"{where}: there is no such shard", hint="the shards are 1/N to N/N, by index 0 to N-1"
        )
    return Shard(index + 1, of)


def _automatic(environ: Mapping[str, str], of: str | None) -> Shard:
    """Read the variables of GitLab, Slurm, Kubernetes and AWS Batch.

    Kubernetes' indexed Jobs do not tell how many they are, so --shard auto/N does.
    """
    for name, index, total in (
        ("GitLab", _number(environ, "CI_NODE_INDEX", less=1), _number(environ, "CI_NODE_TOTAL")),
        ("Slurm", _slurm_index(environ), _number(environ, "SLURM_ARRAY_TASK_COUNT")),
        (
            "AWS Batch",
            _number(environ, "AWS_BATCH_JOB_ARRAY_INDEX"),
            _number(environ, "AWS_BATCH_JOB_ARRAY_SIZE"),
        ),
        ("Kubernetes", _number(environ, "JOB_COMPLETION_INDEX"), None),
    ):
        if index is None:
            continue
        shards = int(of) if of is not None else total
        if shards is None:
            raise UsageError(
                f"--shard auto: {name} does not say how many shards there are",
                hint="say it: --shard auto/N",
            )
        return _shard(f"--shard auto, by {name}'s variables", index, shards)
    raise UsageError(
        "--shard auto: no engine says which shard this is (GitLab parallel, Slurm array, AWS "
        "Batch array, Kubernetes indexed Job)",
        hint="give --shard I/N",
    )


def _slurm_index(environ: Mapping[str, str]) -> int | None:
    """Return the place in the array, whatever its first index and its step are."""
    task = _number(environ, "SLURM_ARRAY_TASK_ID")
    if task is None:
        return None
    first = _number(environ, "SLURM_ARRAY_TASK_MIN") or 0
    step = _number(environ, "SLURM_ARRAY_TASK_STEP") or 1
    return (task - first) // step


def _number(environ: Mapping[str, str], name: str, *, less: int = 0) -> int | None:
    text = environ.get(name, "")
    return int(text) - less if text.isascii() and text.isdigit() else None
