"""Let the attacks loose on a box of this machine, and say what each came to."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.sandbox.attacks.catalogue import LEFT_OPEN
from cab_check.sandbox.attacks.ground import Ground
from cab_check.sandbox.attacks.weapons.field import encode
from cab_check.sandbox.box import BoxSpec
from cab_check.sandbox.toolchain import find_python
from cab_check.settings import MIB, Isolation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cab_check.sandbox.attacks.catalogue import Attack
    from cab_check.sandbox.box import Box, CommandResult, OpenBox, Receipt
    from cab_check.settings import BoxLimits

_WEAPONS = Path(__file__).with_name("weapons")
_LIMIT_S = 30.0
_CONTROL_LIMIT_S = 10.0


class Outcome(StrEnum):
    """What an attack came to."""

    STOPPED = "stopped"
    ESCAPED = "ESCAPED"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Finding:
    """One attack's outcome; `detail` is what it said last, what ended it, or why it was not run.

    `claimed` tells whether the box's level claims to stop it.
    """

    attack: Attack
    outcome: Outcome
    detail: str
    claimed: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """All that was seen: the box's own receipt, and a finding for each attack."""

    receipt: Receipt
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Tell whether the box stopped all that its level claims to stop."""
        return not any(f.outcome is Outcome.ESCAPED and f.claimed for f in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where attacks are tried: a private directory, and how boxes are opened there."""

    root: Path
    isolation: Isolation
    limits: BoxLimits
    open_box: OpenBox


async def run_trial(range_: Range, attacks: Sequence[Attack], told: Callable[[str], None]) -> Trial:
    """Run attacks in boxes of one level; `told` is called with the name of each before it is run.

    Raises MachineError when a box of that level cannot be had.
    """
    wide = range_.isolation is not Isolation.NONE
    processes = range_.limits.processes + 100
    with Ground(range_.root / "ground", processes=processes, wide=wide) as ground:
        return await _Trial(range_, ground, told).run(attacks)


class _Trial:
    """A trial under way."""

    def __init__(self, range_: Range, ground: Ground, told: Callable[[str], None]) -> None:
        self._range = range_
        self._ground = ground
        self._told = told
        self._boxes = 0

    async def run(self, attacks: Sequence[Attack]) -> Trial:
        findings = []
        async with self._range.open_box(self._new_box()) as box:
            await box.run(("true",), _LIMIT_S)
            level = box.receipt().level
            for attack in attacks:
                self._told(attack.weapon)
                findings.append(await self._finding(attack, box, level))
        return Trial(box.receipt(), tuple(findings))

    async def _finding(self, attack: Attack, box: Box, level: Isolation) -> Finding:
        claimed = attack.row not in LEFT_OPEN.get(level, frozenset())
        why_not = self._why_not(attack)
        if why_not is not None:
            return Finding(attack, Outcome.NOT_RUN, why_not, claimed)
        argv = ("python3", "-I", "-S", "weapons", attack.weapon, encode(self._ground.prepare()))
        if attack.alone:
            async with self._range.open_box(self._new_box()) as own:
                result = await own.run(argv, _LIMIT_S)
        else:
            result = await box.run(argv, _LIMIT_S)
        said = result.stdout.decode(errors="replace")
        won = attack.won(self._ground, said)
        return Finding(
            attack,
            Outcome.ESCAPED if won else Outcome.STOPPED,
            "" if won else _detail(result, said),
            claimed,
        )

    def _why_not(self, attack: Attack) -> str | None:
        """Say why an attack would show nothing on this machine, if so."""
        if attack.needs_mib:
            return _short_of(attack.needs_mib, self._range.root)
        if not attack.control:
            return None
        folder = self._range.root / f"control-{attack.weapon}"
        _arm(folder)
        said = _outside(folder, attack.weapon, self._ground)
        if attack.won(self._ground, said):
            return None
        return f"on this machine it works for nobody: {_last(said)}"

    def _new_box(self) -> BoxSpec:
        self._boxes += 1
        root = self._range.root / f"box-{self._boxes}"
        root.mkdir(mode=0o700)
        _arm(root / "work")
        return BoxSpec(
            root=root,
            cwd=root / "work",
            isolation=self._range.isolation,
            limits=self._range.limits,
            writable=(root / "work",),
        )


def _arm(folder: Path) -> None:
    folder.mkdir()
    shutil.copytree(_WEAPONS, folder / "weapons", ignore=shutil.ignore_patterns("__pycache__"))


def _outside(folder: Path, weapon: str, ground: Ground) -> str:
    """Run an attack without any box, as a control; return what it said."""
    argv = [str(find_python().path), "-I", "-S", "weapons", weapon, encode(ground.prepare())]
    try:
        ran = subprocess.run(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_CONTROL_LIMIT_S,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "it took too long"
    return ran.stdout.decode(errors="replace")


def _short_of(mib: int, root: Path) -> str | None:
    """Say what this machine has too little of for an attack that takes so much."""
    if shutil.disk_usage(root).free < mib * MIB:
        return f"less than {mib} MiB are free on disk"
    try:
        pages = os.sysconf("SC_AVPHYS_PAGES")
    except (ValueError, OSError):  # pragma: no cover - macOS does not tell
        return None
    available = _available_bytes() or pages * os.sysconf("SC_PAGE_SIZE")
    return f"less than {mib} MiB of memory are free" if available < mib * MIB else None


def _available_bytes() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:  # pragma: no cover - no Linux
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


def _detail(result: CommandResult, said: str) -> str:
    if result.stopped_by is not None:
        return f"ended by the limit on {result.stopped_by}"
    return _last(said)


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1][:200] if lines else "it got nothing"
