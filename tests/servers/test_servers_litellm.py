"""The LiteLLM proxy, with mock responses and in front of the embedded endpoint (about 30 s).

To have it: CAB_SERVERS_DIR=… sh tests/servers/install.sh litellm
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.servers.servers_stage import (
    CAB,
    KEY,
    QUESTION,
    TASK,
    check,
    free_port,
    installed,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
STREAMED, PLAIN = (), ("--no-stream",)
BOTH = pytest.mark.parametrize("options", [STREAMED, PLAIN], ids=["streamed", "plain"])
_BEHIND = "a-key-for-behind"
_QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION", "NO_DOCS": "True"}


def _config(behind: str) -> dict[str, object]:
    """Return the proxy's configuration: what it makes up, and what it hands on."""
    call = {
        "id": "call_1",
        "type": "function",
        "function": {
            "name": "write_file",
            "arguments": json.dumps({"path": "CLARIFY.md", "content": QUESTION}),
        },
    }
    mocks: Mapping[str, Mapping[str, object]] = {
        "text": {"mock_response": "There is nothing to do."},
        "calls": {"mock_response": "calling", "mock_tool_calls": [call]},
        "limited": {"mock_response": "litellm.RateLimitError"},
        "broken": {"mock_response": "litellm.InternalServerError"},
        "full": {"mock_response": "litellm.ContextWindowExceededError"},
        "timeout": {"mock_timeout": True, "timeout": 0.2},
    }
    oracle, dead = f"oracle:{TASK}", f"http://127.0.0.1:{free_port()}/v1"
    handed_on = {
        "oracle": (oracle, _BEHIND, behind),
        "refused": (oracle, "not-that-key", behind),
        "nobody": ("nobody", _BEHIND, behind),
        "dead": (oracle, _BEHIND, dead),
    }
    entries = [
        *(
            (name, {"model": "openai/made-up", "api_key": "k", **mock})
            for name, mock in mocks.items()
        ),
        *(
            (name, {"model": f"openai/{model}", "api_key": key, "api_base": base})
            for name, (model, key, base) in handed_on.items()
        ),
    ]
    return {
        "model_list": [{"model_name": name, "litellm_params": given} for name, given in entries],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"num_retries": 0},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
    }


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the embedded endpoint, and the proxy in front of it."""
    program = installed("litellm", "bin", "litellm")
    folder = tmp_path_factory.mktemp("litellm")
    behind, front = free_port(), free_port()
    config = folder / "config.yaml"  # JSON is YAML
    config.write_text(json.dumps(_config(f"http://127.0.0.1:{behind}/v1")))
    mock = (CAB, "mock", "--port", str(behind), "--key", _BEHIND)
    argv = (
        *(program, "--config", config, "--host", "127.0.0.1", "--port", str(front)),
        *("--telemetry", "False"),
    )
    address = f"http://127.0.0.1:{front}"
    with (
        serving(mock, f"http://127.0.0.1:{behind}/v1/models", log=folder / "mock.log"),
        serving(
            argv, f"{address}/health/liveliness", log=folder / "litellm.log", environment=_QUIET
        ),
    ):
        yield f"{address}/v1"


@BOTH
def test_a_task_is_done_through_the_proxy(
    proxy: str, state: Path, options: tuple[str, ...]
) -> None:
    """The oracle behind the proxy passes, and nothing has to be accommodated."""
    got = check(proxy, "oracle", *options, state=state)
    assert (got.exit_code, got.fault, got.run["stop_reason"]) == (0, None, "finished")
    assert got.ledger == set()


def test_mock_calls_come_plain(proxy: str, state: Path) -> None:
    """Each turn holds the same call with the same id, under `stop` (rows 27, 53)."""
    got = check(proxy, "calls", *PLAIN, state=state)
    assert (got.exit_code, got.fault, got.run["stop_reason"]) == (0, None, "loop")
    assert got.ledger >= {"finish-reason-mismatch", "call-id-repeated"}


def test_58_mock_calls_are_lost_in_the_stream(proxy: str, state: Path) -> None:
    """What is left of the answer is a text, which is taken for the model's last word."""
    got = check(proxy, "calls", state=state)
    assert (got.exit_code, got.fault, got.run["stop_reason"]) == (1, "model", "finished")


@BOTH
@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("text", (1, "model", "finished")),
        ("limited", (3, "gateway", "HTTP 429")),
        ("broken", (3, "endpoint", "HTTP 500")),
        ("full", (1, "model", "context_overflow")),
        ("timeout", (3, "endpoint", "HTTP 408")),
        ("dead", (3, "endpoint", "HTTP 500")),
        ("refused", (3, "gateway", "HTTP 401")),
        ("nobody", (3, "gateway", "HTTP 404")),
        ("unheard-of", (2, "user", "Invalid model name")),
    ],
)
def test_faults(
    proxy: str,
    state: Path,
    options: tuple[str, ...],
    model: str,
    expected: tuple[int, str, str],
) -> None:
    """What the proxy makes up, and what happens behind it, is whose fault it is."""
    code, fault, said = expected
    got = check(proxy, model, *options, state=state)
    assert (got.exit_code, got.fault) == (code, fault)
    assert said in got.evidence


@pytest.mark.parametrize("model", ["refused", "nobody"])
def test_a_refusal_behind_the_proxy_names_its_entry(proxy: str, state: Path, model: str) -> None:
    """Key and model were good for the proxy: its own entry is what has to be mended."""
    assert "entry for this model" in check(proxy, model, state=state).hint


@pytest.mark.parametrize("key", ["sk-another-one", "another-one"])
def test_51_a_wrong_key_meets_a_missing_database(proxy: str, state: Path, key: str) -> None:
    """The proxy says 400 `No connected db.`; that is about the key, and the hint says so."""
    got = check(proxy, "text", key=key, state=state)
    assert (got.exit_code, got.fault) == (4, "user")
    assert "check the key" in got.hint


def test_51_a_missing_key_is_a_bare_500(proxy: str, state: Path) -> None:
    """The status blames the server; the hint thinks of the key first."""
    got = check(proxy, "text", key="", state=state)
    assert (got.exit_code, got.fault) == (3, "endpoint")
    assert "no key was sent" in got.hint
