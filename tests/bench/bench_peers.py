"""cab beside mini-swe-agent, in one run: start-up, overhead a turn, an episode, memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.peer import Cab, Mini, mini, program, run
from tests.bench.row import Row
from tests.bench.scripted import scripted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.peer import Agent, Used

_STARTS = 7
_TURNS = 60
_EPISODES = 3
_ANSWERS_S = (0.0, 0.5)
_COMMANDS = (
    *("ls -la", "cat README.md", "grep -rn def .", "wc -l *.md", "find . -type f", "pwd"),
    *("head -n 5 AGENTS.md", "cat *.py", "ls -R", "git --version || true"),
)


class _Pair(NamedTuple):
    """One figure of cab, and mini-swe-agent's where it is here."""

    name: str
    ours: float
    theirs: float | None
    unit: str


def measure() -> list[Row]:
    """Let both work on the same task, at the same endpoint, by the same commands."""
    with mini() as peer:
        there = peer if isinstance(peer, Mini) else None
        pairs = [*_startup(there), *_overhead(there), *_episodes(there), *_memory(there)]
    missing = f"no mini-swe-agent here: {peer}"
    return [Row(pair.name, pair.ours, pair.unit, _beside(pair, there, missing)) for pair in pairs]


def _beside(pair: _Pair, peer: Mini | None, missing: str) -> str:
    if peer is None or pair.theirs is None:
        return missing
    times = pair.ours / pair.theirs
    return f"{times:.3f} x mini-swe-agent {peer.version} ({pair.theirs:.2f} {pair.unit})"


def _startup(peer: Mini | None) -> list[_Pair]:
    with TemporaryDirectory() as name:
        place = Path(name)
        starts: dict[str, tuple[list[str], Mapping[str, str]]] = {
            "cab --version": ([program("cab"), "--version"], {}),
            "cab check --help": ([program("cab"), "check", "--help"], {}),
        }
        if peer is not None:
            starts["mini"] = ([peer.program, "--help"], peer.environment(place))
        walls: dict[str, list[float]] = {line: [] for line in starts}
        for _ in range(_STARTS):
            for line, (argv, env) in starts.items():
                walls[line].append(run(argv, place, env).wall_ms)
    middle = {line: statistics.median(taken) for line, taken in walls.items()}
    theirs = middle.pop("mini", None)
    return [_Pair(f"{line} (mini --help)", ours, theirs, "ms") for line, ours in middle.items()]


def _overhead(peer: Mini | None) -> list[_Pair]:
    """Return what a turn with a command costs beside the command itself."""
    own_ms = _own_time_ms()
    theirs = [None] * 9 if peer is None else _gaps(peer, own_ms)
    pairs = []
    for level in ("auto", "none"):
        ours = _gaps(Cab(level), own_ms)
        name = f"overhead a turn with a command, --isolation {level}"
        pairs.append(_Pair(f"{name}, median", ours[4], theirs[4], "ms"))
        pairs.append(_Pair(f"{name}, lowest decile", ours[0], theirs[0], "ms"))
    return pairs


def _gaps(agent: Agent, own_ms: float) -> list[float]:
    """Return the deciles of the endpoint's gaps, less the command's own time."""
    with TemporaryDirectory() as name, scripted([f"echo {n}" for n in range(_TURNS)]) as endpoint:
        agent.episode(endpoint.url, Path(name))
    gaps = [gap - own_ms for gap in endpoint.gaps_ms]
    if len(gaps) < _TURNS:
        raise RuntimeError(f"{agent} ended after {len(gaps)} of {_TURNS} turns")
    return statistics.quantiles(gaps, n=10)


def _own_time_ms() -> float:
    """Return what the command takes where nobody contains it or listens to it."""
    taken = []
    for _ in range(_TURNS):
        began = time.perf_counter()
        subprocess.run(["/bin/sh", "-c", "echo 1"], check=True, stdout=subprocess.DEVNULL)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _episodes(peer: Mini | None) -> list[_Pair]:
    pairs = []
    for answer_s in _ANSWERS_S:
        agents: list[Agent] = [Cab("auto")] if peer is None else [Cab("auto"), peer]
        used: list[list[Used]] = [[] for _ in agents]
        for _ in range(_EPISODES):
            for agent, seen in zip(agents, used, strict=True):
                seen.append(_episode(agent, answer_s))
        name = f"{len(_COMMANDS)} turns at {answer_s * 1000:.0f} ms an answer"
        walls = [_middle([one.wall_ms for one in seen]) for seen in used]
        cpu = [_middle([one.cpu_ms for one in seen]) for seen in used]
        pairs.append(_pair(f"{name}, wall", walls, "ms"))
        pairs.append(_pair(f"{name}, processor time", cpu, "ms"))
    return pairs


def _memory(peer: Mini | None) -> list[_Pair]:
    """Return the peaks of an episode that is slow enough to be looked at."""
    agents: list[Agent] = [Cab("auto")] if peer is None else [Cab("auto"), peer]
    used = [_episode(agent, 0.1, weighed=True) for agent in agents]
    pairs = [_pair("largest process, peak", [one.peak_mb for one in used], "MB")]
    shared = [one.pss_mb for one in used if one.pss_mb is not None]
    if len(shared) == len(used):  # not every system tells
        pairs.append(_pair("all processes, shared pages in parts (PSS), peak", shared, "MB"))
    return pairs


def _episode(agent: Agent, answer_s: float, *, weighed: bool = False) -> Used:
    with TemporaryDirectory() as name, scripted(_COMMANDS, answer_s=answer_s) as endpoint:
        used = agent.episode(endpoint.url, Path(name), weighed=weighed)
    if len(endpoint.ended) <= len(_COMMANDS):
        print(f"{agent}: {len(endpoint.ended)} requests", file=sys.stderr)
    return used


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


def _pair(name: str, values: Sequence[float], unit: str) -> _Pair:
    return _Pair(name, values[0], values[1] if len(values) > 1 else None, unit)
