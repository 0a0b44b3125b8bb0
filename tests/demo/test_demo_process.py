"""`python -m cab_check.demo` as a real process."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import openai
import pytest

from cab_check.demo.__main__ import main
from cab_check.demo.standalone import ServeOptions, serve_until_stopped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the module; it is killed if it is still there at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-m",
        "cab_check.demo",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "DEMO_KEY": "key-from-the-environment"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def url_of(process: asyncio.subprocess.Process) -> str:
    """Return the URL that the process announces."""
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    assert line.startswith("http://127.0.0.1:")
    assert line.endswith("/v1")
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_it_is_told_to_stop(number: signal.Signals) -> None:
    """The announced URL answers with the key, and a signal ends the process with 0, silently."""
    async with started("--key-env", "DEMO_KEY", "--latency", "0.001") as process:
        url = await url_of(process)
        async with openai.AsyncOpenAI(
            base_url=url, api_key="key-from-the-environment", max_retries=0
        ) as sdk:
            names = [model.id async for model in sdk.models.list()]
            assert any(name.startswith("oracle:") for name in names)
            answer = await sdk.chat.completions.create(
                model=next(name for name in names if name.startswith("noop:")),
                messages=[{"role": "user", "content": "hi"}],
            )
            assert answer.choices[0].finish_reason == "stop"
            process.send_signal(number)
            out, err = await process.communicate()
        assert (process.returncode, out, err) == (0, b"", b"")


async def test_a_signal_ends_the_serving_and_the_handlers_go() -> None:
    """Within a program of its own, serving ends with the signal and leaves no handler."""
    urls: list[str] = []

    def announced(url: str) -> None:
        urls.append(url)
        os.kill(os.getpid(), signal.SIGTERM)

    await serve_until_stopped(ServeOptions(), announced)
    assert len(urls) == 1
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


async def test_a_process_on_a_taken_port_ends() -> None:
    """The second on the same port ends with the exit code for usage and no traceback."""
    async with started() as first:
        port = (await url_of(first)).split(":")[2].removesuffix("/v1")
        async with started("--port", port, "--key", "k") as second:
            out, err = await second.communicate()
            assert (second.returncode, out) == (2, b"")
            assert f"port {port} on 127.0.0.1".encode() in err
            assert b"Traceback" not in err


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the port, the hint says what to do."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"port {port} on 127.0.0.1 cannot be had" in told.err
    assert "take another port" in told.err


def test_a_key_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A variable that is not set never means that everybody may come in."""
    with pytest.raises(SystemExit) as caught:
        main(["--key-env", "DEMO_NO_SUCH_KEY"])
    assert caught.value.code == 2
    assert "DEMO_NO_SUCH_KEY is not set" in capsys.readouterr().err
