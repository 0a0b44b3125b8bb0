"""Frozen settings, filled once in `cli` and passed down whole. Nothing here reads anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MIB = 1024 * 1024


class Isolation(StrEnum):
    """What was asked of the sandbox (SANDBOX: levels)."""

    AUTO = "auto"
    NAMESPACES = "namespaces"
    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    SEATBELT = "seatbelt"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timers:
    """The request's timers beside the cell's own deadline (ENDPOINTS §1), in seconds."""

    connect_s: float = 10.0
    first_event_s: float = 120.0
    idle_s: float = 90.0
    after_finish_s: float = 2.0
    after_done_s: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """The one layer of retries: attempts in all, and seconds of waiting between them in all."""

    attempts: int = 4
    wait_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """The user's endpoint and what is sent to it.

    `url` is as the user typed it; `key` and the values of `headers` are secrets and stay out of
    every repr. `extra_body` is merged into the request's JSON object as it stands.
    """

    url: str = field(repr=False)
    key: str = field(repr=False)
    model: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    stream: bool = True
    temperature: float | None = None
    max_tokens: int | None = None
    extra_body: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    ca_bundle: Path | None = None
    timers: Timers = Timers()
    retry: RetryPolicy = RetryPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """The embedded agent's limits. None leaves the task's own in force; prices are per million."""

    max_turns: int | None = None
    timeout_s: float | None = None
    command_limit_s: float = 60.0
    observation_chars: int = 10_000
    record_bytes: int = MIB
    file_bytes: int = MIB
    list_limit: int = 500
    salvage_text_calls: bool = False
    token_limit: int | None = None
    cost_limit: float | None = None
    price_in: float | None = None
    price_out: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxLimits:
    """What one box may use; SANDBOX §4 names the limits, their figures are ours.

    `processes` (threads counted), `memory_bytes` and `disk_bytes` (what is added to its tree) hold
    for all that runs in it together, and `output_bytes` for a command: going over ends it. The
    others are rlimits of each process; `data_bytes` None leaves RLIMIT_DATA off (an
    AddressSanitizer binary cannot start under it).
    """

    processes: int = 512
    memory_bytes: int = 1536 * MIB
    disk_bytes: int = 384 * MIB
    data_bytes: int | None = 2048 * MIB
    file_bytes: int = 256 * MIB
    open_files: int = 4096
    cpu_s: int = 600
    output_bytes: int = 16 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What all cells of a run may spend together; None is without a limit.

    Tokens are prompt and completion, cost is in the currency of the prices.
    """

    requests: int | None = None
    tokens: int | None = None
    cost: float | None = None
    time_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSettings:
    """Many cells: each task `repeats` times on each target, at most `jobs` cells at once.

    `shard` of `shards` is the part that this machine runs, the first being 1.
    """

    repeats: int = 1
    jobs: int = 1
    shard: int = 1
    shards: int = 1
    caps: Caps = Caps()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Everything one run needs besides its tasks.

    `tui` and `published_model` name the published agent and model to stand beside, `demo` flags
    the embedded endpoint's runs, `state_dir` is where run directories are kept, `scratch_dir` where
    cells live meanwhile (None: the system's temporary directory). `record_wire` keeps every
    exchange of a cell.
    """

    endpoint: EndpointSettings
    state_dir: Path
    agent: AgentSettings = AgentSettings()
    limits: BoxLimits = BoxLimits()
    isolation: Isolation = Isolation.AUTO
    scratch_dir: Path | None = None
    keep: bool = False
    tui: str | None = None
    published_model: str | None = None
    demo: bool = False
    record_wire: bool = False
    verify_limit_s: float = 120.0
