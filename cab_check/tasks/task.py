"""Task: what is known of one task, as frozen values (DESIGN §2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cab_check.tasks.files import is_litter
from cab_check.tasks.kits import kit_dir

if TYPE_CHECKING:
    from pathlib import Path


class Origin(StrEnum):
    """Whether the task's id is the benchmark's (our re-creation) or our own."""

    PUBLISHED = "published"
    PREVIEW = "preview"


class ConstraintKind(StrEnum):
    """The rules an AGENTS.md may declare; the last two are ours (SCORING: constraints)."""

    FILE_NOT_TOUCHED = "file-not-touched"
    NO_NEW_DEPENDENCY = "no-new-dependency"
    NO_COMMENTS_ADDED = "no-comments-added"
    FILE_PATTERN_REQUIRED_IN_DIFF = "file-pattern-required-in-diff"
    COMMAND_NOT_RUN = "command-not-run"
    MAX_FILES_CHANGED = "max-files-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One rule. Only the parameters of its kind are set."""

    kind: ConstraintKind
    path: str | None = None
    paths: tuple[str, ...] = ()
    require_added: bool = False
    max_added: int | None = None
    pattern: str | None = None
    limit: int | None = None


class MarkerKind(StrEnum):
    """What an expected refusal is answered with."""

    REFUSAL = "refusal"
    CLARIFICATION = "clarification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """The documents that answer an expected refusal.

    `mentions` is a list of groups of alternatives: an accepted document names at least one
    alternative of every group, case aside (SCORING: refusal, ours). An alternative is a piece of
    text that stands at the start of a word (`cach` for "caching"), a number of its own (`42`), or
    several such pieces joined by ` & ` that must all be there (`42 & add(17`).
    """

    kind: MarkerKind
    documents: tuple[str, ...]
    mentions: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What a seed made of a task: which mutation it drew, and the directory it was drawn from."""

    seed: int
    mutation: str
    source: Path


def pieces_of(alternative: str) -> tuple[str, ...]:
    """Return the pieces of an alternative among a marker's mentions; all of them must be there."""
    return tuple(piece.strip() for piece in f" {alternative} ".split(" & "))


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task, as its task.toml says. Paths in it are relative, with "/".

    `kits` are the package's shared parts that its judge is made of besides verify/. `protected` and
    `ground_truth_files` may hold glob patterns as `tests/*`. `limits_data` off
    leaves RLIMIT_DATA off in its boxes. `preview_fields` are the fields that the benchmark does not
    show and that are therefore ours. `variant` is set where a seed made the task.
    """

    id: str
    title: str
    prompt: str
    language: str
    origin: Origin
    max_turns: int
    timeout_s: float
    verify: tuple[str, ...]
    requires: tuple[str, ...]
    ground_truth_files: tuple[str, ...]
    protected: tuple[str, ...]
    expected_refusal: bool
    markers: Markers | None
    ignored: tuple[str, ...]
    limits_data: bool
    constraints: tuple[Constraint, ...]
    preview_fields: tuple[str, ...]
    root: Path
    kits: tuple[str, ...] = ()
    variant: Variant | None = None

    @property
    def home(self) -> Path:
        """Return the directory that the task is known by; a variant lies in one of its own."""
        return self.root if self.variant is None else self.variant.source

    @property
    def family(self) -> str:
        """Return the part of the id before the slash."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """Return the part of the id after the slash."""
        return self.id.partition("/")[2] or self.id

    @property
    def workdir(self) -> Path:
        """Return what the agent gets."""
        return self.root / "workdir"

    @property
    def verify_dir(self) -> Path:
        """Return the task's own part of its judge."""
        return self.root / "verify"

    @property
    def judge_dirs(self) -> tuple[Path, ...]:
        """Return what is laid over the agent's result before the verifier runs, in this order.

        The kits come as they are listed, verify/ comes last; what comes later wins.
        """
        return (*map(kit_dir, self.kits), self.verify_dir)

    @property
    def oracle_dir(self) -> Path:
        """Return the files that, laid over workdir/, make a right answer."""
        return self.root / "oracle"

    @property
    def cheats(self) -> tuple[str, ...]:
        """Return the names of the wrong answers that are made to look right, sorted."""
        folder = self.root / "cheats"
        if not folder.is_dir():
            return ()
        return tuple(sorted(p.name for p in folder.iterdir() if not is_litter(p.name)))

    def cheat_dir(self, name: str) -> Path:
        """Return the files of one cheat."""
        return self.root / "cheats" / name
