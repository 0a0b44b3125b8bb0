"""Server stacks: known by headers, by wording and by their lists of models; hints name settings."""

from __future__ import annotations

import pytest

from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.stacks import (
    CONTEXT_HINT,
    MODEL_HINT,
    TOOLS_HINT,
    Stack,
    recognise,
    recognise_list,
)
from tests.endpoint.endpoint_stage import answer, scripted

WORDS = [
    ({"x-litellm-version": "1.80"}, "", Stack.LITELLM),
    ({"llm_provider-retry-after": "3"}, "", Stack.LITELLM),
    ({}, "litellm.BadRequestError: OpenAIException", Stack.LITELLM),
    ({}, "No connected db.", Stack.LITELLM),
    ({"X-OpenRouter-Id": "gen-1"}, "", Stack.OPENROUTER),
    ({}, "No endpoints found that support tool use.", Stack.OPENROUTER),
    ({"apim-request-id": "1"}, "", Stack.AZURE),
    ({"x-ms-region": "Sweden"}, "", Stack.AZURE),
    ({}, "DeploymentNotFound The API deployment does not exist", Stack.AZURE),
    ({"x-compute-type": "1-gpu"}, "", Stack.TGI),
    ({}, "inputs tokens + max_new_tokens must be <= 4096", Stack.TGI),
    ({"Server": "llama.cpp"}, "", Stack.LLAMA_CPP),
    ({}, "tools param requires --jinja flag", Stack.LLAMA_CPP),
    ({}, "exceed_context_size_error", Stack.LLAMA_CPP),
    (
        {},
        '"auto" tool choice requires --enable-auto-tool-choice',
        Stack.VLLM,
    ),
    ({}, "Internal server error: Unsupported tool_call_parser: None", Stack.SGLANG),
    ({}, "registry.ollama.ai/library/gemma3:4b does not support tools", Stack.OLLAMA),
    ({}, 'model "m" not found, try pulling it first', Stack.OLLAMA),
    # a proxy's own headers before the wording of what is behind it
    ({"x-litellm-version": "1.80"}, "vllm says no", Stack.LITELLM),
    ({"server": "uvicorn"}, "it broke", None),
    ({"server": "nginx"}, "", None),
]
LISTS = [
    ({"id": "m", "owned_by": "vllm", "max_model_len": 4096, "root": "m"}, Stack.VLLM),
    ({"id": "m", "owned_by": "sglang", "max_model_len": 4096}, Stack.SGLANG),
    ({"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx_train": 8192}}, Stack.LLAMA_CPP),
    ({"id": "qwen3:8b", "owned_by": "library", "created": 1}, Stack.OLLAMA),
    ({"name": "qwen3:8b", "modified_at": "2026", "digest": "abc"}, Stack.OLLAMA),
    ({"id": "a/b", "architecture": {}, "top_provider": {}, "pricing": {}}, Stack.OPENROUTER),
    ({"id": "a/b", "canonical_slug": "a/b"}, Stack.OPENROUTER),
    ({"id": "m", "owned_by": "openai", "created": 1677610602}, Stack.LITELLM),
    ({"id": "m", "capabilities": {}, "lifecycle_status": "preview"}, Stack.AZURE),
    ({"id": "gpt-4o", "owned_by": "openai", "created": 1715367049}, None),
    ({"id": "m", "owned_by": None}, None),
    ("m", None),
]


@pytest.mark.parametrize(("headers", "said", "stack"), WORDS)
def test_a_stack_by_what_it_says(headers: dict[str, str], said: str, stack: Stack | None) -> None:
    """Headers first, then the wording of an error."""
    assert recognise(headers, said) is stack


@pytest.mark.parametrize(("entry", "stack"), LISTS)
def test_a_stack_by_its_list_of_models(entry: object, stack: Stack | None) -> None:
    """An owner that is the server itself, or fields that no other has."""
    assert recognise_list(["?", entry]) is stack


@pytest.mark.parametrize("stack", Stack)
def test_every_stack_has_its_hints(stack: Stack) -> None:
    """Each of the three faults names what to change there."""
    hints = {TOOLS_HINT[stack], CONTEXT_HINT[stack], MODEL_HINT[stack]}
    assert len(hints) == 3


@pytest.mark.parametrize(
    ("entry", "said", "kind", "hint"),
    [
        (LISTS[0][0], "tools are not supported", FaultKind.TOOLS_UNSUPPORTED, TOOLS_HINT),
        (LISTS[1][0], "prompt is too long", FaultKind.CONTEXT_OVERFLOW, CONTEXT_HINT),
        (LISTS[3][0], "model 'x' not found", FaultKind.UNKNOWN_MODEL, MODEL_HINT),
    ],
)
async def test_the_list_of_models_tells_whose_setting_the_hint_names(
    entry: object, said: str, kind: FaultKind, hint: dict[Stack, str]
) -> None:
    """A refusal that could be anybody's names the setting of the server that listed its models."""
    listed = answer({"object": "list", "data": [entry]})
    refused = answer({"error": {"message": said}}, 400)
    async with scripted(listed, refused) as (stage, _):
        models = await stage.client.models()
        fault = await stage.fault()
    assert models.stack is not None
    assert fault.kind is kind
    assert fault.hint.partition("\n")[0] == hint[models.stack]


async def test_sglang_without_a_parser_is_an_endpoint_without_tools() -> None:
    """It answers 500, which nobody need ask again."""
    said = "Internal server error: Unsupported tool_call_parser: None"
    async with scripted(answer({"object": "error", "message": said, "code": 500}, 500)) as (
        stage,
        script,
    ):
        fault = await stage.fault()
    assert fault.kind is FaultKind.TOOLS_UNSUPPORTED
    assert fault.hint.startswith(TOOLS_HINT[Stack.SGLANG])
    assert len(script.requests) == 1
