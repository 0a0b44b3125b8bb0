"""`transformers serve` with tiny models made on the spot (no download; about 20 s).

To have it: CAB_SERVERS_DIR=… sh tests/servers/install.sh transformers
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.servers.servers_stage import check, free_port, installed, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


class _Served(NamedTuple):
    url: str
    chain: str
    random: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Served]:
    """Serve a model that calls a tool and one that talks nonsense."""
    program = installed("transformers", "bin", "transformers")
    python = installed("transformers", "bin", "python")
    folder = tmp_path_factory.mktemp("transformers")
    made = {kind: str(folder / kind) for kind in ("chain", "random")}
    maker = Path(__file__).with_name("make_tiny_model.py")
    for kind, where in made.items():
        subprocess.run([python, maker, kind, where], check=True, capture_output=True)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    argv = (program, "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu")
    home = {**_OFFLINE, "HF_HOME": str(folder / "home")}
    with serving(argv, f"{address}/health", log=folder / "log", environment=home):
        yield _Served(f"{address}/v1", **made)


@pytest.mark.parametrize(
    ("options", "ledger"),
    [((), {"stream-done-missing"}), (("--no-stream",), set())],
    ids=["streamed", "plain"],
)
def test_a_task_is_done_through_real_tool_calls(
    served: _Served, state: Path, options: tuple[str, ...], ledger: set[str]
) -> None:
    """The call is read, run, sent back and answered; the one oddity is the missing [DONE]."""
    got = check(served.url, served.chain, *options, state=state)
    assert (got.exit_code, got.fault, got.run["stop_reason"]) == (0, None, "finished")
    assert got.run["turns"] == 2
    assert got.ledger == ledger


@pytest.mark.parametrize("options", [(), ("--no-stream",)], ids=["streamed", "plain"])
def test_nonsense_is_the_models_fault(
    served: _Served, state: Path, options: tuple[str, ...]
) -> None:
    """Random tokens without an end are cut, and fail the task; the hint names the limit."""
    got = check(served.url, served.random, "--max-tokens", "40", *options, state=state)
    assert (got.exit_code, got.fault, got.run["stop_reason"]) == (1, "model", "format_errors")
    assert "--max-tokens" in got.hint


def test_an_unknown_model_is_a_bare_500_here(served: _Served, state: Path) -> None:
    """The server says nothing but 500, in text/plain; nothing is scored."""
    got = check(served.url, "nobody/nothing", state=state)
    assert (got.exit_code, got.fault) == (3, "endpoint")
    assert "HTTP 500" in got.evidence


def test_an_unknown_field_is_who_added_its_fault(served: _Served, state: Path) -> None:
    """This server refuses what it does not know: the hint names the user's own option."""
    got = check(served.url, served.chain, "--extra-body", '{"foo": 1}', state=state)
    assert (got.exit_code, got.fault) == (2, "user")
    assert "leave foo out of --extra-body" in got.hint
