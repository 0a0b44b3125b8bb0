"""`cab mock`: serve the embedded endpoint for other clients to test against."""

from __future__ import annotations

import asyncio
import os
import signal

import click

from cab_check.cli import output


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--key", help="Refuse every other key [default: any is taken].")
@click.option("--actor", default="oracle", show_default=True, help="For the command that is shown.")
def mock(port: int, key: str | None, actor: str) -> int:
    """Serve the embedded endpoint on 127.0.0.1 until Ctrl-C.

    The model's name says what is played: oracle:TASK, noop:TASK, refuse-all:TASK,
    cheat:NAME:TASK or scripted:FILE.
    """
    return asyncio.run(_serve(port, key or os.environ.get("CAB_MOCK_KEY"), actor))


async def _serve(port: int, key: str | None, actor: str) -> int:
    from cab_check.demo import serve  # noqa: PLC0415 - only this command serves
    from cab_check.errors import MachineError  # noqa: PLC0415 - the same

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        async with serve(port=port, key=key) as server:
            output.emit(server.url)
            task = "integrity/ambiguous-ticket"
            given = "--key-env CAB_MOCK_KEY " if key else ""
            asked = f"--model {actor}:{task} --task {task}"
            output.say(f"try: cab check --endpoint {server.url} {given}{asked}")
            await stopped.wait()
    except OSError as error:
        raise MachineError(
            f"cannot listen on 127.0.0.1:{port}: {error.strerror}", hint="give another --port"
        ) from error
    return 0
