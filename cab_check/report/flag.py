"""What every rendering carries: that a score is provisional, why, and what it depends on.

Nothing switches it off: a renderer takes it from the record, and no setting reaches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check import __version__
from cab_check.record import DEMO_REASON, NOTICE, REASON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cab_check.record import RunRecord, SweepRecord, Versions
    from cab_check.store import Head

BANNER = "PROVISIONAL — not for citation"
_HASH = 12


@dataclass(frozen=True, slots=True)
class Flag:
    """The flag, its reason and the versions behind a score, in words. Ours, as all of it is."""

    banner: str
    notice: str
    reason: str
    versions: str

    @property
    def sentence(self) -> str:
        """Return all of it but the banner, on one line."""
        return f"{self.notice}: {self.reason}. {self.versions}"


def flag(records: Sequence[RunRecord]) -> Flag:
    """Return the flag of one run or of many; versions that differ are all named."""
    demo = any(record.demo for record in records)
    reason = next((record.reason for record in records if record.demo == demo), REASON)
    return _flag([record.versions for record in records], demo=demo, reason=reason)


def sweep_flag(record: SweepRecord) -> Flag:
    """Return the flag of a sweep, by what its record says that its scores depend on."""
    return sweeps_flag((record,))


def sweeps_flag(records: Sequence[SweepRecord]) -> Flag:
    """Return the flag of a list of sweeps."""
    demo = any(record.demo for record in records)
    versions = dict.fromkeys(each for record in records for each in record.versions)
    return _flag(list(versions), demo=demo, reason=DEMO_REASON if demo else REASON)


def heads_flag(heads: Sequence[Head]) -> Flag:
    """Return the flag of a list of runs, of which the heads alone were read."""
    demo = any(head.demo for head in heads)
    versions = list(dict.fromkeys(head.versions for head in heads))
    return _flag(versions, demo=demo, reason=DEMO_REASON if demo else REASON)


def _flag(versions: Sequence[Versions], *, demo: bool, reason: str) -> Flag:
    return Flag(
        banner=f"{BANNER} · DEMO" if demo else BANNER,
        notice=NOTICE.replace("score", "score, of a demo") if demo else NOTICE,
        reason=reason,
        versions=_worded(versions),
    )


def _worded(versions: Sequence[Versions]) -> str:
    """Name what the scores depend on; of many tasks' fixtures and judges only how many they are."""
    parts = [
        f"cab {_all(each.cab_check for each in versions) or __version__}",
        f"scorers {_all(each.scorers for each in versions)}",
        f"prompt {_all(each.agent_prompt_sha256[:_HASH] for each in versions)}",
    ]
    for name, digests in (
        ("fixture", {each.fixture_sha256 for each in versions}),
        ("judge", {each.judge_sha256 for each in versions}),
    ):
        only = next(iter(digests)) if len(digests) == 1 else None
        many = f"{len(digests)} {name}s, each in its record"
        parts.append(many if len(digests) > 1 else f"{name} {only[:_HASH] if only else 'unknown'}")
    return " · ".join(parts if versions else parts[:1])


def _all(values: Iterable[str]) -> str:
    return "/".join(sorted(set(values)))
