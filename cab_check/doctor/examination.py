"""The examination: every probe run as soon as what it needs is known, and what came of it all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from cab_check.doctor.asking import ATTEMPTS, WAIT_S, Asking
from cab_check.doctor.chart import Chart
from cab_check.doctor.entry import UNREACHABLE
from cab_check.doctor.finding import NOTHING, Finding, Mark, blocked
from cab_check.doctor.oddities import told_by
from cab_check.endpoint.client import Client
from cab_check.endpoint.faults import FaultKind, as_error
from cab_check.endpoint.ledger import Ledger
from cab_check.errors import ExitCode, worst

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cab_check.clock import Clock
    from cab_check.doctor.anatomy import Anatomy
    from cab_check.doctor.finding import Cost
    from cab_check.doctor.probe import Probe
    from cab_check.endpoint.ledger import Accommodation
    from cab_check.secrets import Redactor
    from cab_check.settings import EndpointSettings

_ENTRANCE = frozenset({"reach", "auth", "model", "plain-turn", "streaming"})
# with one of these the endpoint was not reached, or not with what the user gave
_ENTRY = UNREACHABLE | {
    FaultKind.AUTH,
    FaultKind.FORBIDDEN,
    FaultKind.UNKNOWN_MODEL,
    FaultKind.NOT_FOUND,
    FaultKind.REDIRECT,
    FaultKind.HTML,
}


class Readiness(StrEnum):
    """What an examination ends with."""

    READY = "READY"
    LIMITED = "READY WITH LIMITS"
    NOT_READY = "NOT READY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All findings, in the order of the catalogue. `url` is without credentials."""

    url: str
    model: str
    findings: tuple[Finding, ...]
    anatomy: Anatomy | None
    duration_ms: float

    @property
    def spent(self) -> Cost:
        """What it has cost."""
        return sum((finding.spent for finding in self.findings), NOTHING)

    @property
    def readiness(self) -> Readiness:
        """Whether agents can work with the endpoint."""
        marks = {finding.mark for finding in self.findings}
        if Mark.FAIL in marks:
            return Readiness.NOT_READY
        return Readiness.LIMITED if Mark.WARN in marks else Readiness.READY

    @property
    def exit_code(self) -> ExitCode:
        """Return 1 for an endpoint that was reached and is not ready (DESIGN §5)."""
        if self.readiness is not Readiness.NOT_READY:
            return ExitCode.PASSED
        # an endpoint that was reached and broke down later was reached
        faults = [
            finding.seen.fault
            for finding in self.findings
            if finding.mark is Mark.FAIL and finding.name in _ENTRANCE
        ]
        codes = [
            as_error(fault).exit_code
            for fault in faults
            if fault is not None and fault.kind in _ENTRY
        ]
        return worst(codes) if codes else ExitCode.FAILED


async def examine(
    settings: EndpointSettings,
    probes: Sequence[Probe],
    *,
    clock: Clock,
    redactor: Redactor,
    told: Callable[[str], None],
) -> Examination:
    """Run the probes; `told` hears the name of each that ends."""
    retry = settings.retry
    settings = replace(
        settings,
        retry=replace(
            retry, attempts=min(retry.attempts, ATTEMPTS), wait_s=min(retry.wait_s, WAIT_S)
        ),
    )
    begun = clock.monotonic()
    async with Client(settings, clock=clock, redactor=redactor) as client:
        round_ = _Round(client, settings, clock, redactor, told)
        try:
            findings = await round_.run(probes)
        except ExceptionGroup as group:
            # a bug of ours in one probe: name it, and not the group that it came in
            raise group.exceptions[0] from group
        return Examination(
            url=client.url,
            model=settings.model,
            findings=findings,
            anatomy=round_.chart.anatomy,
            duration_ms=(clock.monotonic() - begun) * 1000,
        )


class _Round:
    """One round through the probes."""

    def __init__(
        self,
        client: Client,
        settings: EndpointSettings,
        clock: Clock,
        redactor: Redactor,
        told: Callable[[str], None],
    ) -> None:
        self.chart = Chart(streams=settings.stream)
        self._client = client
        self._settings = settings
        self._clock = clock
        self._redactor = redactor
        self._told = told
        self._ledgers: dict[str, Ledger] = {}
        self._lane = asyncio.Lock()

    async def run(self, probes: Sequence[Probe]) -> tuple[Finding, ...]:
        """Start every probe at once; each waits for those that it comes after."""
        tasks: dict[str, asyncio.Task[Finding]] = {}
        gate = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for probe in probes:
                tasks[probe.name] = group.create_task(self._probe(probe, tasks, gate))
            gate.set()
        findings = {name: task.result() for name, task in tasks.items()}
        return tuple(self._with_oddities(_streams_alone(findings)).values())

    async def _probe(
        self, probe: Probe, tasks: Mapping[str, asyncio.Task[Finding]], gate: asyncio.Event
    ) -> Finding:
        await gate.wait()
        waited_for = (*probe.needs, *probe.any_of, *probe.after)
        before = {name: await tasks[name] for name in waited_for}
        missing = _missing(probe, before)
        ledger = self._ledgers[probe.name] = Ledger()
        asking = Asking(
            probe.name,
            self._client,
            self._settings,
            self._clock,
            self._redactor,
            self.chart,
            NOTHING,
            ledger,
        )
        begun = self._clock.monotonic()
        if missing is not None:
            word = "did not work" if missing.mark is Mark.FAIL else "was left out"
            seen = blocked(f"needs {missing.title}, which {word}")
        elif not self.chart.one_by_one:
            seen = await probe.run(asking)
        else:
            async with self._lane:
                seen = await probe.run(asking)
        self._told(probe.name)
        return Finding(
            name=probe.name,
            title=probe.title,
            seen=seen,
            spent=asking.spent,
            duration_ms=(self._clock.monotonic() - begun) * 1000,
        )

    def _with_oddities(self, findings: dict[str, Finding]) -> dict[str, Finding]:
        """Let each ledger entry be told once, by the probe that it belongs to."""
        told: set[str] = set()
        # in the order in which the probes began: the first that met something tells it
        for probe, ledger in self._ledgers.items():
            for entry in ledger.entries():
                if entry.name in told:
                    continue
                told.add(entry.name)
                home = told_by(entry.name, probe)
                teller = probe if findings[home].mark is Mark.SKIPPED else home
                findings[teller] = _telling(findings[teller], entry)
        return findings


def _missing(probe: Probe, before: Mapping[str, Finding]) -> Finding | None:
    """Return a finding for want of which a probe is left out."""
    blocking = [before[name] for name in probe.needs if _blocks(before[name])]
    if probe.any_of and all(_blocks(before[name]) for name in probe.any_of):
        blocking.append(before[probe.any_of[0]])
    return blocking[0] if blocking else None


def _streams_alone(findings: dict[str, Finding]) -> dict[str, Finding]:
    """Let an endpoint that streams be one with limits, though it has no plain answers."""
    plain, streaming = findings.get("plain-turn"), findings.get("streaming")
    if plain and streaming and plain.mark is Mark.FAIL and not _blocks(streaming):
        findings["plain-turn"] = replace(plain, seen=replace(plain.seen, mark=Mark.WARN))
    return findings


def _blocks(finding: Finding) -> bool:
    return finding.mark in (Mark.FAIL, Mark.SKIPPED)


def _telling(finding: Finding, entry: Accommodation) -> Finding:
    """Add what the client had to do: a finding at least to be warned of."""
    seen = finding.seen
    mark = Mark.FAIL if seen.mark is Mark.FAIL else Mark.WARN
    fix = seen.fix
    if entry.advice not in fix.partition("\n")[0]:
        fix = f"{entry.advice}; {fix}" if fix else entry.advice
    evidence = f"{seen.evidence} · {entry.name}"
    return replace(finding, seen=replace(seen, mark=mark, evidence=evidence, fix=fix))
