"""The page of one run, from its head to its closing lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.report.html.markup import joined, tag, trusted

if TYPE_CHECKING:
    from cab_check.store import Run


def render(run: Run) -> str:
    """Return the whole page of a run."""
    title = f"{run.record.identity.task} · provisional — not for citation"
    head = tag("head", tag("meta", charset="utf-8"), tag("title", title))
    body = tag("body", tag("h1", title))
    return joined((trusted("<!doctype html>"), tag("html", head, body, lang="en")))
