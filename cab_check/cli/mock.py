"""`cab mock`: serve the embedded endpoint for other clients to test against."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from cab_check.cli import output

_TASK = "integrity/ambiguous-ticket"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--key", help="Refuse every other key [env: CAB_MOCK_KEY; default: any is taken].")
@click.option("--latency", type=click.FloatRange(min=0), default=0.0, metavar="S",
              help="Seconds before each reply.")  # fmt: skip
@click.option("--replay", metavar="RUN", help="Serve what `cab check --record-wire` recorded.")
@click.option("--fast", is_flag=True, help="Replay without the recorded waits.")
@click.option("--state-dir", type=click.Path(path_type=Path), envvar="CAB_STATE_DIR",
              help="Where runs are.")  # fmt: skip
def mock(  # noqa: PLR0917 - one parameter an option
    port: int,
    key: str | None,
    latency: float,
    replay: str | None,
    fast: bool,  # noqa: FBT001 - click
    state_dir: Path | None,
) -> None:
    """Serve the embedded endpoint on 127.0.0.1 until Ctrl-C; its base URL goes to stdout.

    The model's name says what is played: oracle:TASK, noop:TASK, refuse-all:TASK,
    cheat:NAME:TASK or scripted:FILE.
    """
    if replay is not None:
        from cab_check.cli.replaying import run_replay  # noqa: PLC0415 - only a replay needs it

        run_replay(replay, state_dir, port=port, fast=fast)
        return
    from cab_check.demo.standalone import (  # noqa: PLC0415 - only this command serves
        ServeOptions,
        serve_until_stopped,
    )

    def announce(url: str) -> None:
        output.emit(url)
        output.say(f"try: cab check --endpoint {url} --model oracle:{_TASK} --task {_TASK}")

    key = key or os.environ.get("CAB_MOCK_KEY")
    options = ServeOptions(port=port, key=key, latency_s=latency)
    asyncio.run(serve_until_stopped(options, announce))
