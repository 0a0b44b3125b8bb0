"""Outcome: what a tool gave back, before it is cut for the model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a tool gave back.

    `text` is what came out, `head` and `note` are ours, put above and under it and never cut.
    `error` names why it failed, None when it ran. `left` is the path by which a call tried to
    leave the workspace: a tampering event. `missing_bytes` were left out of the middle of `text`;
    `recorded` says so in the text that is kept for the record, where it is not the same.
    """

    text: str
    head: str = ""
    note: str = ""
    error: str | None = None
    left: str | None = None
    missing_bytes: int = 0
    recorded: str | None = None
    command: str | None = None
    exit_code: int | None = None


def failure(error: str, told: str, *, left: str | None = None) -> Outcome:
    """Build the outcome of a tool that refused, with the cause as the model is told it."""
    return Outcome(text=f"Error: {told}", error=error, left=left)
