"""Asking a person before something is done that cannot be taken back."""

from __future__ import annotations

import sys

import click

from cab_check.errors import UsageError


def agreed(question: str, *, yes: bool) -> bool:
    """Say whether to go on: --yes, or a yes on a terminal; elsewhere a UsageError."""
    if yes:
        return True
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{question} There is no terminal to ask on", hint="give --yes")
    return click.confirm(question, default=False, err=True)
