"""Scripted mock servers from npm: aimock and openai-mock-api (a few seconds each).

To have them: CAB_SERVERS_DIR=… sh tests/servers/install.sh npm
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.servers.servers_stage import KEY, QUESTION, check, free_port, installed, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]
STREAMED, PLAIN = (), ("--no-stream",)
CALLS = (
    ("read_file", {"path": "README.md"}),
    ("write_file", {"path": "CLARIFY.md", "content": QUESTION}),
)
CLOSING = "I wrote CLARIFY.md. \U0001f642"


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def _fixtures() -> dict[str, object]:
    """Return aimock's script; the model's name chooses what happens."""
    calls = [{"name": name, "arguments": arguments} for name, arguments in CALLS]
    errors = {
        "limited": (429, "Rate limit exceeded", "rate_limit_error"),
        "broken": (500, "The engine died", "server_error"),
        "full": (400, "This model's maximum context length is 4 tokens", "invalid_request_error"),
    }
    return {
        "fixtures": [
            {
                "match": {"model": "good", "turnIndex": 0},
                "response": {"reasoning": "Let me ask.", "toolCalls": calls},
            },
            {"match": {"model": "good", "turnIndex": 1}, "response": {"content": CLOSING}},
            *(
                {
                    "match": {"model": model},
                    "response": {"error": {"message": message, "type": kind}, "status": status},
                }
                for model, (status, message, kind) in errors.items()
            ),
            {
                "match": {"model": "cut"},
                "response": {"toolCalls": calls},
                "truncateAfterChunks": 4,
            },
            *(
                {"match": {"model": name}, "response": {"content": "x"}, "chaos": {rate: 1.0}}
                for name, rate in (("malformed", "malformedRate"), ("drop", "disconnectRate"))
            ),
        ]
    }


@pytest.fixture(scope="module")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve aimock with a key and a script."""
    program = installed("npm", "node_modules", "@copilotkit", "aimock", "dist", "cli.js")
    folder = tmp_path_factory.mktemp("aimock")
    script = folder / "fixtures.json"
    script.write_text(json.dumps(_fixtures()))
    port = free_port()
    argv = (_node(), program, "-p", str(port), "-f", script, "-l", "20")
    url = f"http://127.0.0.1:{port}/v1"
    with serving(argv, f"{url}/models", log=folder / "log", environment={"AIMOCK_API_KEYS": KEY}):
        yield url


@pytest.fixture(scope="module")
def openai_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve openai-mock-api with a key and two turns."""
    program = installed("npm", "node_modules", "openai-mock-api", "dist", "cli.js")
    folder = tmp_path_factory.mktemp("openai-mock")
    opening = [{"role": role, "matcher": "any"} for role in ("system", "user")]
    calls = [
        {
            "id": f"call_{name}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)},
        }
        for name, arguments in CALLS
    ]
    asking = {"role": "assistant", "tool_calls": calls}
    results = [
        {"role": "tool", "matcher": "any", "tool_call_id": f"call_{name}"} for name, _ in CALLS
    ]
    flows = (
        [*opening, asking],
        [*opening, asking, *results, {"role": "assistant", "content": CLOSING}],
    )
    port = free_port()
    script = folder / "config.yaml"  # JSON is YAML
    responses = [{"id": str(at), "messages": flow} for at, flow in enumerate(flows)]
    script.write_text(json.dumps({"apiKey": KEY, "port": port, "responses": responses}))
    argv = (_node(), program, "-c", script, "-p", str(port))
    url = f"http://127.0.0.1:{port}/v1"
    with serving(argv, f"{url}/models", log=folder / "log"):
        yield url


@pytest.mark.parametrize("options", [STREAMED, PLAIN], ids=["streamed", "plain"])
def test_aimock_needs_no_accommodation(aimock: str, state: Path, options: tuple[str, ...]) -> None:
    """Reasoning, two calls in one turn and a closing text: the ledger stays empty."""
    got = check(aimock, "good", *options, state=state)
    assert (got.exit_code, got.fault, got.run["stop_reason"]) == (0, None, "finished")
    assert (got.run["turns"], got.ledger) == (2, set())


@pytest.mark.parametrize(
    ("model", "options", "expected"),
    [
        ("limited", STREAMED, (3, "gateway", "HTTP 429")),
        ("limited", PLAIN, (3, "gateway", "HTTP 429")),
        ("broken", STREAMED, (3, "endpoint", "HTTP 500: The engine died")),
        ("full", STREAMED, (1, "model", "context_overflow")),
        ("cut", STREAMED, (3, "endpoint", "the stream was cut")),
        ("malformed", STREAMED, (3, "endpoint", "not JSON")),
        ("malformed", PLAIN, (3, "endpoint", "not JSON")),
        ("drop", STREAMED, (3, "endpoint", "the connection broke")),
        ("drop", PLAIN, (3, "endpoint", "the connection broke")),
        ("nonsense", STREAMED, (2, "user", "HTTP 404: No fixture matched")),
    ],
)
def test_aimock_faults(
    aimock: str,
    state: Path,
    model: str,
    options: tuple[str, ...],
    expected: tuple[int, str, str],
) -> None:
    """Each scripted fault has its verdict, and nothing that had no fair chance is scored."""
    code, fault, said = expected
    got = check(aimock, model, *options, state=state)
    assert (got.exit_code, got.fault) == (code, fault)
    assert said in got.evidence


def test_aimock_unknown_model_is_not_taken_for_a_wrong_address(aimock: str, state: Path) -> None:
    """Its 404 names no model; the list of models, which was there, tells."""
    got = check(aimock, "nonsense", state=state)
    assert "/models does not list this model" in got.hint


@pytest.mark.parametrize(
    ("options", "ledger"),
    [
        (STREAMED, {"finish-reason-mismatch", "stream-usage-missing", "tool-index-missing"}),
        (PLAIN, {"finish-reason-mismatch"}),
    ],
    ids=["streamed", "plain"],
)
def test_openai_mock_api_is_met_with_accommodations(
    openai_mock: str, state: Path, options: tuple[str, ...], ledger: set[str]
) -> None:
    """Calls without index under `stop`, no usage in the stream (rows 6, 14, 21, 55)."""
    got = check(openai_mock, "gpt-4", *options, state=state)
    assert (got.exit_code, got.fault, got.run["turns"]) == (0, None, 2)
    assert got.ledger == ledger


@pytest.mark.parametrize("server", ["aimock", "openai_mock"])
@pytest.mark.parametrize(("key", "hint"), [("wrong-key-xyz", "check that"), ("", "no key was")])
def test_a_refused_key_is_the_users(
    request: pytest.FixtureRequest, state: Path, server: str, key: str, hint: str
) -> None:
    """A wrong key and none are told apart."""
    got = check(request.getfixturevalue(server), "gpt-4", key=key, state=state)
    assert (got.exit_code, got.fault) == (4, "user")
    assert got.hint.startswith(hint)


def test_a_bare_address_is_completed(openai_mock: str, state: Path) -> None:
    """Without /v1 and without a scheme."""
    bare = openai_mock.removesuffix("/v1").removeprefix("http://")
    assert check(bare, "gpt-4", state=state).exit_code == 0


def test_a_body_beyond_the_servers_limit_is_named(openai_mock: str, state: Path) -> None:
    """Express takes 100 kB; its 413 says `Internal server error` (row 56)."""
    pad = json.dumps({"pad": "x" * 110_000})
    got = check(openai_mock, "gpt-4", "--extra-body", pad, state=state)
    assert (got.exit_code, got.fault) == (3, "endpoint")
    assert "limit on request bodies" in got.hint
