"""What `cab mock` does with what was typed."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from cab_check.cli import output
from cab_check.demo.quirks import QUIRKS
from cab_check.demo.standalone import ServeOptions, serve_until_stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

_TASK = "integrity/ambiguous-ticket"


def run_mock(given: Mapping[str, Any]) -> None:
    """Serve until Ctrl-C."""
    options = ServeOptions(
        port=given["port"],
        key=given["key"] or os.environ.get("CAB_MOCK_KEY"),
        latency_s=given["latency"],
        quirks=tuple(name for names in given["quirks"] for name in _split(names)),
        actor=given["actor"],
    )

    def announce(url: str) -> None:
        output.emit(url)
        for name in options.quirks:
            output.say(f"quirk {name} (row {QUIRKS[name].row}): {QUIRKS[name].summary}")
        model = f"oracle:{_TASK}" if options.actor is None else "ANY"
        output.say(f"try: cab check --endpoint {url} --model {model} --task {_TASK}")

    asyncio.run(serve_until_stopped(options, announce))


def list_quirks(*, as_json: bool) -> None:
    """Print every quirk: its name, its row in the specification, one sentence."""
    if as_json:
        quirks = [{"name": q.name, "row": q.row, "summary": q.summary} for q in QUIRKS.values()]
        output.emit_json({"schema": "cab.quirks/1", "quirks": quirks})
        return
    width = max(len(name) for name in QUIRKS)
    for quirk in QUIRKS.values():
        output.emit(f"{quirk.name:<{width}}  {quirk.row:>2}  {quirk.summary}")


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]
