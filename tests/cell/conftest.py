"""A bench against the embedded endpoint, with the seams open."""

from __future__ import annotations

import dataclasses
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.cell import Bench, Halt
from cab_check.clock import SystemClock
from cab_check.demo import serve
from cab_check.endpoint.client import Client
from cab_check.sandbox import open_box
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings, Isolation, RunSettings
from cab_check.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

KEY = "made-up-key-for-tests"


@pytest.fixture
def bench_for(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Bench]]:
    """Open a bench for one model; named fields of Bench are replaced."""

    @asynccontextmanager
    async def open_bench(model: str, **replaced: Any) -> AsyncIterator[Bench]:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        clock, redactor = SystemClock(), Redactor([KEY])
        async with serve(key=KEY) as server:
            endpoint = EndpointSettings(url=server.url, key=KEY, model=model)
            async with Client(endpoint, clock=clock, redactor=redactor) as client:
                bench = Bench(
                    settings=RunSettings(
                        endpoint=endpoint,
                        state_dir=tmp_path / "state",
                        scratch_dir=scratch,
                        isolation=Isolation.NONE,
                    ),
                    client=client,
                    store=Store(tmp_path / "state", redactor=redactor),
                    open_box=open_box,
                    clock=clock,
                    redactor=redactor,
                    isolation=Isolation.NONE,
                    interrupted=Halt(),
                    sweep_id="test",
                )
                yield dataclasses.replace(bench, **replaced)

    return open_bench
