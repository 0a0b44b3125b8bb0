"""What `cab mock --replay` does: hand a run's tape to the embedded server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.filling import state_directory
from cab_check.demo.replay import Replay, serve_replay
from cab_check.demo.standalone import told_to_stop
from cab_check.store import Store, find_tape

if TYPE_CHECKING:
    from pathlib import Path


def run_replay(run: str, state_dir: Path | None, *, port: int, fast: bool) -> None:
    """Serve the run's exchanges until Ctrl-C; the base URL goes to stdout."""
    tape = find_tape(Store(state_directory(state_dir)), run)
    replay = Replay(tape, tell=output.say, fast=fast)
    output.say(f"replay: {len(tape)} exchanges with {tape[0].url}; any key is taken")
    asyncio.run(_serve(replay, port))


async def _serve(replay: Replay, port: int) -> None:
    async with serve_replay(replay, port=port) as url:
        with told_to_stop() as stopped:
            output.emit(url)
            await stopped.wait()
