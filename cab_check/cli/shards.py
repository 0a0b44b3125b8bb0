"""Which shard of a sweep this machine runs: as typed, or as the engine that started it says."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cab_check.cli import output
from cab_check.errors import UsageError
from cab_check.sweep import WHOLE, Shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FORM = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")
_AUTO = re.compile(r"auto(?:/([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True)
class _Part:
    """What an engine says: the place from 0, and how many there are where it tells.

    `broken` says why the place cannot be told, though the engine has one.
    """

    engine: str
    index: int
    of: int | None
    broken: str = ""

    def __str__(self) -> str:
        return f"{self.engine} {self.index + 1}/{'?' if self.of is None else self.of}"


def find_shard(one_based: str | None, zero_based: str | None) -> Shard:
    """Return the shard that --shard I/N, --shard-index I/N (from 0) or --shard auto asks for."""
    if one_based is not None and zero_based is not None:
        raise UsageError("the shard is given twice", hint="--shard or --shard-index, not both")
    if zero_based is not None:
        return _read("--shard-index", zero_based, first=0)
    if one_based is None:
        return WHOLE
    automatic = _AUTO.fullmatch(one_based.strip())
    if automatic is not None:
        return _automatic(os.environ, automatic[1])
    return _read("--shard", one_based, first=1)


def settled(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options with --shard auto as the shard that it is here.

    Going on with the sweep is then the same shard, also where no engine says so. Without a shard a
    line says that a part of an engine's job runs everything.
    """
    typed = given["shard"]
    if typed is not None and _AUTO.fullmatch(typed.strip()):
        return {**given, "shard": str(find_shard(typed, given["shard_index"]))}
    if typed is None and given["shard_index"] is None and given["resume"] is None:
        for part in _parts(os.environ):
            if part.of != 1:
                output.say(
                    f"note: this job is {part}, and all cells run here; --shard auto runs a part"
                )
    return given


def _read(option: str, text: str, *, first: int) -> Shard:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        also = ", or --shard auto" if first else ""
        raise UsageError(
            f"{option}: {text!r} is no shard", hint=f"as in {option} {first + 1}/4{also}"
        )
    return _shard(f"{option} {text}", int(match[1]) - first, int(match[2]))


def _shard(where: str, index: int, of: int) -> Shard:
    if of < 1 or not 0 <= index < of:
        raise UsageError(
            f"{where}: there is no such shard",
            hint="--shard goes from 1/N to N/N, --shard-index from 0/N to N-1/N",
        )
    return Shard(index + 1, of)


def _automatic(environ: Mapping[str, str], typed: str | None) -> Shard:
    """Return the shard that the one engine says; `typed` is N of --shard auto/N."""
    parts = tuple(_parts(environ))
    if not parts:
        raise UsageError(
            "--shard auto: no engine says which shard this is (GitLab parallel, Slurm array, AWS "
            "Batch array, Kubernetes indexed Job)",
            hint="give --shard I/N",
        )
    if len(parts) > 1:
        raise UsageError(
            f"--shard auto: several engines say a shard: {', '.join(map(str, parts))}",
            hint="give --shard I/N, or unset the variables of the others",
        )
    (part,) = parts
    if part.broken:
        raise UsageError(f"--shard auto: {part.broken}", hint=_SAY_IT)
    of = part.of if typed is None else int(typed)
    if of is None:
        raise UsageError(
            f"--shard auto: {part.engine} does not say how many shards there are",
            hint="say it: --shard auto/N",
        )
    if part.of is not None and part.of != of:
        raise UsageError(
            f"--shard auto/{of}: {part.engine} says that there are {part.of}", hint=_SAY_IT
        )
    return _shard(f"--shard auto, by {part.engine}'s variables", part.index, of)


_SAY_IT = "say which: --shard I/N from 1, as 2/4, or --shard-index I/N from 0, as 1/4"


def _parts(environ: Mapping[str, str]) -> Iterator[_Part]:
    """Yield what each engine says that has started this process as a part.

    Kubernetes' indexed Jobs do not tell how many they are.
    """
    for engine, first, index, total in (
        ("GitLab parallel", 1, "CI_NODE_INDEX", "CI_NODE_TOTAL"),
        ("AWS Batch array", 0, "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE"),
        ("Kubernetes indexed Job", 0, "JOB_COMPLETION_INDEX", ""),
    ):
        place = _number(environ, index)
        if place is not None:
            yield _Part(engine, place - first, _number(environ, total))
    yield from _slurm(environ)


def _slurm(environ: Mapping[str, str]) -> Iterator[_Part]:
    """Yield the place in a Slurm array, whatever its first index and its step are.

    Of an array with holes (`0,2`), as of a part that was submitted again, the place in the whole
    cannot be told.
    """
    task = _number(environ, "SLURM_ARRAY_TASK_ID")
    if task is None:
        return
    engine = "Slurm array"
    first, last, step, count = (
        _number(environ, f"SLURM_ARRAY_TASK_{name}") for name in ("MIN", "MAX", "STEP", "COUNT")
    )
    first, step = first or 0, step or 1
    index, uneven = divmod(task - first, step)
    tasks = count if last is None else (last - first) // step + 1
    broken = ""
    if uneven or index < 0 or (tasks is not None and index >= tasks) or count not in {None, tasks}:
        ids = f"from {first} to {'?' if last is None else last} in steps of {step}"
        broken = f"the Slurm array has {count} tasks {ids}: its holes hide which part this is"
    yield _Part(engine, index, tasks, broken)


def _number(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
