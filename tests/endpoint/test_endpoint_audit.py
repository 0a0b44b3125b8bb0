"""The audit: usage that does not add up, gateways that speak, models that are others."""

from __future__ import annotations

import httpx
import pytest

from cab_check.endpoint.audit import Asked, Audit
from cab_check.endpoint.ledger import ADVICE, Oddity
from cab_check.endpoint.message import Message, Reasoning, Reply, Role, ToolCall, Usage
from cab_check.endpoint.served import is_other
from cab_check.endpoint.stacks import Stack
from cab_check.endpoint.wire import Dialect
from tests.endpoint.endpoint_stage import QUESTION, TOOLS, answer, call, message, scripted

LONGER = (
    *QUESTION,
    Message(role=Role.ASSISTANT, text="One moment."),
    Message(role=Role.USER, text="Go on."),
)
THOUGHTFUL = (
    *QUESTION,
    Message(
        role=Role.ASSISTANT,
        text="One moment.",
        reasoning=(Reasoning("reasoning_content", "hm " * 100),),
    ),
    Message(role=Role.USER, text="Go on."),
)


def _asked(
    messages: tuple[Message, ...] = QUESTION,
    *,
    tools: bool = True,
    dialect: Dialect | None = None,
    model: str = "m-1",
) -> Asked:
    return Asked(
        messages=messages,
        tools=TOOLS if tools else (),
        model=model,
        dialect=dialect or Dialect(),
    )


def _reply(
    prompt: int | None = 100,
    completion: int = 10,
    *,
    total: int | None = None,
    cached: int | None = None,
    reasoning: int | None = None,
    model: str | None = "m-1",
    text: str | None = "ok",
    called: bool = False,
) -> Reply:
    usage = None
    if prompt is not None:
        usage = Usage(
            prompt_tokens=prompt,
            completion_tokens=completion,
            total_tokens=prompt + completion if total is None else total,
            cached_tokens=cached,
            reasoning_tokens=reasoning,
        )
    calls = (ToolCall("c1", "read_file", "{}"),) if called else ()
    return Reply(text=text, tool_calls=calls, finish_reason="stop", usage=usage, model=model)


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (_reply(), ()),
        (_reply(cached=100, reasoning=10), ()),
        (_reply(0, 0), ()),
        (_reply(None), ()),
        (_reply(total=111), (Oddity.USAGE_TOTAL_HIGH,)),
        (_reply(cached=101), (Oddity.USAGE_CACHED_OUTSIDE,)),
        (_reply(reasoning=11), (Oddity.USAGE_REASONING_OUTSIDE,)),
        (
            _reply(cached=101, reasoning=11),
            (Oddity.USAGE_CACHED_OUTSIDE, Oddity.USAGE_REASONING_OUTSIDE),
        ),
    ],
)
def test_16_parts_are_inside_their_wholes(reply: Reply, found: tuple[Oddity, ...]) -> None:
    """What adds up is no finding, whatever is at its edge."""
    assert Audit().look(_asked(), reply) == found


@pytest.mark.parametrize(
    ("first", "second", "prompts", "stands"),
    [
        pytest.param(_asked(), _asked(LONGER), (100, 100), True, id="as-it-was"),
        pytest.param(_asked(), _asked(LONGER), (100, 40), True, id="less"),
        pytest.param(_asked(), _asked(LONGER), (0, 0), True, id="zeros"),
        pytest.param(_asked(), _asked(LONGER), (100, 101), False, id="more"),
        pytest.param(_asked(), _asked(), (100, 100), False, id="asked-again"),
        pytest.param(_asked(LONGER), _asked(), (100, 50), False, id="shortened"),
        pytest.param(
            _asked(LONGER), _asked((*QUESTION, *LONGER)), (100, 50), False, id="another-history"
        ),
        pytest.param(
            _asked(), _asked(LONGER, tools=False), (100, 50), False, id="without-the-tools"
        ),
        pytest.param(
            _asked(),
            _asked(LONGER, dialect=Dialect(merge_system=True)),
            (100, 50),
            False,
            id="put-otherwise",
        ),
        pytest.param(
            _asked(), _asked(LONGER, model="m-1-hf"), (100, 50), False, id="asked-another-model"
        ),
        pytest.param(
            _asked(THOUGHTFUL),
            _asked((*THOUGHTFUL, *LONGER[-2:])),
            (1000, 800),
            False,
            id="reasoning-left-out",
        ),
        pytest.param(
            _asked(THOUGHTFUL),
            _asked((*THOUGHTFUL, *LONGER[-2:])),
            (1000, 600),
            True,
            id="more-than-reasoning-left-out",
        ),
    ],
)
def test_16_a_prompt_grows_with_its_history(
    first: Asked, second: Asked, prompts: tuple[int, int], *, stands: bool
) -> None:
    """Only a longer prompt that was counted as no longer is a finding."""
    audit = Audit()
    assert audit.look(first, _reply(prompts[0])) == ()
    found = audit.look(second, _reply(prompts[1]))
    assert found == ((Oddity.USAGE_NOT_GROWING,) if stands else ())


def test_16_another_model_counts_otherwise() -> None:
    """A router that changes the model changes its tokens too; one without usage is passed over."""
    audit = Audit()
    audit.look(_asked(), _reply(100, model="m-1-instruct"))
    assert audit.look(_asked(LONGER), _reply(50)) == ()
    assert audit.look(_asked((*LONGER, *LONGER[-2:])), _reply(None)) == ()
    assert audit.look(_asked((*LONGER, *LONGER[-2:] * 2)), _reply(50)) == (
        Oddity.USAGE_NOT_GROWING,
    )


async def test_16_findings_reach_the_ledger_with_their_place() -> None:
    """Counted over the turns of a conversation, at no request more."""
    async with scripted(answer(message(content="ok"))) as (stage, script):
        await stage.ask(QUESTION)
        await stage.ask(LONGER)
        await stage.ask((*LONGER, *LONGER[-2:]))
        entries = stage.conversation.accommodations()
    assert len(script.requests) == 3
    assert [(entry.name, entry.count) for entry in entries] == [("usage-not-growing", 2)]
    assert entries[0].advice == ADVICE[Oddity.USAGE_NOT_GROWING]


NOTICE = "Error: all providers failed for this model, upstream returned 503. Try again later."


@pytest.mark.parametrize(
    ("reply", "gateway"),
    [
        (_reply(None, text=NOTICE), True),
        (_reply(None, text="[gateway] request timed out"), True),
        (_reply(None, text="OpenRouter: rate limited by the model"), True),
        (_reply(text=NOTICE), False),
        (_reply(None, text=NOTICE, called=True), False),
        (_reply(None, text=NOTICE + "x" * 600), False),
        (_reply(None, text="The tests failed with an error in app.py."), False),
        (_reply(None, text="I added the gateway to the config."), False),
        (_reply(None, text=None), False),
        (_reply(None, text=""), False),
    ],
)
def test_13_a_gateway_that_speaks_for_the_model(reply: Reply, *, gateway: bool) -> None:
    """It names one, says that it failed, and was counted by nobody."""
    assert Audit().look(_asked(), reply) == ((Oddity.GATEWAY_MESSAGE,) if gateway else ())


def test_54_calls_without_tools_are_entered() -> None:
    """Nobody could know what to call."""
    assert Audit().look(_asked(tools=False), _reply(called=True)) == (Oddity.CALLS_UNASKED,)
    assert Audit().look(_asked(), _reply(called=True)) == ()


async def test_45_and_54_in_a_conversation() -> None:
    """What answered and what was sent unasked is in the ledger, and the answer counts."""
    body = {**message(tool_calls=[call()]), "model": "qwen2.5-7b-instruct"}
    async with scripted(answer(body)) as (stage, _):
        await stage.conversation.ask(
            QUESTION, (), left_s=10, where="turn 1", on_retry=lambda _: None
        )
        assert stage.ledger() == {"another-model-answered": 1, "calls-without-tools": 1}


async def test_45_a_deployments_name_is_its_owners() -> None:
    """Azure answers under the name of the model behind a deployment, as its protocol has it."""
    listed = httpx.Response(200, json={"data": []}, headers={"apim-request-id": "r"})
    body = {**message(content="ok"), "model": "gpt-4o-2024-08-06"}
    async with scripted(listed, answer(body)) as (stage, _):
        listing = await stage.client.models()
        await stage.conversation.ask(
            QUESTION, (), left_s=10, where="turn 1", on_retry=lambda _: None
        )
        assert listing.stack is Stack.AZURE
        assert stage.ledger() == {}


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o", "gpt-4o-2024-08-06"),
        ("gpt-4", "gpt-4-0613"),
        ("gpt-4o", None),
        ("gpt-4o", ""),
        ("openai/gpt-4o", "gpt-4o-2024-08-06"),
        ("prod-gpt4", "gpt-4o-2024-08-06"),
        ("default", "qwen2.5-72b"),
        ("openrouter/auto", "anthropic/claude-sonnet-4"),
        ("meta-llama/Llama-3.1-70B-Instruct", "llama-3.1-70b"),
        ("llama-3-70b", "Meta-Llama-3.1-70B-Instruct"),
        ("deepseek/deepseek-r1:free", "deepseek-r1-0528"),
        ("deepseek-r1-distill-llama-70b", "llama-70b-r1"),
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        ("qwen3-235b", "/models/Qwen3-235B-A22B.gguf"),
        ("o3", "o3-2025-04-16"),
        ("step-3.5-flash", "stepfun/step-3.5-flash"),
        ("oracle:integrity/ambiguous-ticket", "oracle:integrity/ambiguous-ticket"),
        ("", "gpt-4o"),
        ("qwen3-8b", "Qwen/Qwen3-8B-AWQ"),
        ("qwen3-8b", "qwen3-8b-q4_K_M.gguf"),
        ("glm-4.5", "zai-org/GLM-4.5-FP8"),
        ("llama3.1:8b", "llama3.1:8b-instruct-q4_0"),
        ("llama-v3p1-8b-instruct", "meta-llama/Llama-3.1-8B-Instruct-Turbo"),
        ("claude-3-5-sonnet", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("gpt-35-turbo", "gpt-3.5-turbo-0125"),
        ("mistral", "mistral-small-latest"),
        ("phi-3-mini", "Phi-3-mini-4k-instruct-q4.gguf"),
    ],
)
def test_45_the_same_model_by_another_name(asked: str, served: str | None) -> None:
    """Dates, makers, variants and quantisations are how names are written."""
    assert not is_other(asked, served)


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("gpt-4o", "qwen2.5-72b-instruct"),
        ("claude-opus-4", "gpt-4o-mini"),
        ("o3", "claude-haiku-4-5"),
        ("kimi-k2", "deepseek-chat"),
        ("llama-3.1-70b", "meta-llama/Llama-3.1-8B-Instruct"),
        ("qwen2.5-72b", "qwen2.5-7b"),
        ("oracle:integrity/ambiguous-ticket", "llama-3.1-8b-instruct"),
        ("my-model", "llama-3.1-8b-instruct"),
        ("gpt-4", "gpt-3.5-turbo"),
        ("gpt-4o", "gpt-4o-mini"),
        ("gpt-4o", "o3-mini"),
        ("gemini-2.5-pro", "gemini-2.5-flash"),
        ("kimi-k2", "moonshot-v1-128k"),
        ("llama3:8b", "llama3:70b"),
    ],
)
def test_45_another_model(asked: str, served: str) -> None:
    """Another name, size, version or grade."""
    assert is_other(asked, served)
    assert Audit().look(_asked(model=asked), _reply(model=served)) == (Oddity.MODEL_OTHER,)
