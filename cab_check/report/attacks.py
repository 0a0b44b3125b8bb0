"""A trial of the box to look at: one line a row of attacks, then what was not tested (SANDBOX §12).

The word "sandboxed" is never printed alone: level, layers and what each attack came to are.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from cab_check import __version__
from cab_check.report.layout import Ends, Line, said
from cab_check.sandbox.attacks.trial import Outcome
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from cab_check.sandbox.attacks.catalogue import Row
    from cab_check.sandbox.attacks.trial import Finding, Trial

SCHEMA: Final = "cab.sandbox/1"
NOT_TESTED: Final = (
    "holes in the kernel itself",
    "channels of timing",
    "use of the processor beyond its limit",
    "memory in files that are held open and mapped by nobody",
)
_BLANK = Text("")
_STYLES = {
    Outcome.STOPPED: "green",
    Outcome.ESCAPED: "bold red",
    Outcome.NOT_RUN: "dim",
}


def remedy(trial: Trial) -> str | None:
    """Say what to do where the box is not as strong as it could be; None when it is."""
    level = trial.receipt.level
    if not trial.holds:
        return (
            "do not run untrusted models here at this level: use --isolation auto as an ordinary "
            "user on a current Linux, or a virtual machine that may be lost"
        )
    if level in {Isolation.NAMESPACES, Isolation.BUBBLEWRAP}:
        return "run cab as an ordinary user" if os.geteuid() == 0 else None
    return (
        "for more: --isolation auto; install bubblewrap (on Ubuntu with its AppArmor profile), or "
        "allow user namespaces"
    )


def trial_card(trial: Trial) -> RenderableType:
    """Return what a person sees."""
    return Group(*_card(trial))


def trial_document(trial: Trial) -> dict[str, object]:
    """Return the one document of `cab doctor --sandbox --json`."""
    receipt = trial.receipt
    return {
        "schema": SCHEMA,
        "cab_check": __version__,
        "error": None,
        "level": receipt.level.value,
        "as_root": os.geteuid() == 0,
        "holds": trial.holds,
        "layers": list(receipt.layers),
        "weaker_than_full": list(receipt.weaker_than_full),
        "attacks": [_json(finding) for finding in trial.findings],
        "not_tested": list(NOT_TESTED),
        "remedy": remedy(trial),
    }


def _json(finding: Finding) -> dict[str, object]:
    return {
        "row": finding.attack.row.name.lower(),
        "after": finding.attack.row.value,
        "attack": finding.attack.weapon,
        "outcome": finding.outcome.value.lower(),
        "claimed": finding.claimed,
        "detail": finding.detail,
    }


def _card(trial: Trial) -> Iterator[RenderableType]:
    receipt = trial.receipt
    user = "as root" if os.geteuid() == 0 else "as an ordinary user"
    yield Ends(Text(f"box: {receipt.level.value} · {user}"), said(f"cab {__version__} · doctor"))
    for title, sentences in (("held by", receipt.layers), ("open", receipt.weaker_than_full)):
        for number, sentence in enumerate(sentences):
            yield Line(Text(f" {'' if number else title:<9}"), said(sentence))
    yield _BLANK
    for row, findings in _rows(trial).items():
        yield from _row(row, findings)
    yield _BLANK
    yield from _closing(trial)


def _rows(trial: Trial) -> dict[Row, list[Finding]]:
    rows: dict[Row, list[Finding]] = {}
    for finding in trial.findings:
        rows.setdefault(finding.attack.row, []).append(finding)
    return rows


def _row(row: Row, findings: list[Finding]) -> Iterator[RenderableType]:
    worst = max((f.outcome for f in findings), key=_BADNESS.index)
    ran = [f for f in findings if f.outcome is not Outcome.NOT_RUN]
    stopped = sum(f.outcome is Outcome.STOPPED for f in ran)
    word = "open" if worst is Outcome.ESCAPED and not findings[0].claimed else worst.value
    style = "yellow" if word == "open" else _STYLES[worst]
    count = f"{stopped} of {len(ran)}" if ran else ""
    label = Text.assemble(" ", (f"{word:<8}", style), f"{count:>7}  ")
    yield Line(label, said(row.value))
    for finding in findings:
        if finding.outcome is Outcome.ESCAPED and finding.claimed:
            yield Line(Text(" " * 18 + "→ "), said(f"{finding.attack.weapon} got through"))
        elif finding.outcome is Outcome.NOT_RUN:
            yield Line(Text(" " * 18 + "→ "), said(f"{finding.attack.weapon}: {finding.detail}"))


_BADNESS = (Outcome.NOT_RUN, Outcome.STOPPED, Outcome.ESCAPED)


def _closing(trial: Trial) -> Iterator[RenderableType]:
    outcomes = [finding.outcome for finding in trial.findings]
    counts = ", ".join(f"{outcomes.count(one)} {one.value.lower()}" for one in Outcome)
    if trial.holds:
        verdict = Text(f"as strong as level {trial.receipt.level.value} claims", style="bold")
    else:
        verdict = Text("WEAKER THAN CLAIMED", style="bold red")
    yield Line(Text.assemble(" ", verdict, "   "), said(counts))
    yield Line(Text(" not tested   "), said("; ".join(NOT_TESTED)))
    advice = remedy(trial)
    if advice is not None:
        yield Line(Text(" → "), said(advice))
