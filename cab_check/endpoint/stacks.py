"""Server stacks, recognised by what they say, and the setting of each that mends a fault."""

from __future__ import annotations

import re
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stack(StrEnum):
    """The server stacks that have hints of their own (ENDPOINTS §3)."""

    VLLM = "vLLM"
    SGLANG = "SGLang"
    LLAMA_CPP = "llama.cpp"
    OLLAMA = "Ollama"
    LITELLM = "LiteLLM"
    OPENROUTER = "OpenRouter"
    TGI = "TGI"
    AZURE = "Azure"


# most telling first: a proxy's own headers stand before the wording of what is behind it
_HEADERS = (
    (re.compile(r"^x-litellm"), Stack.LITELLM),
    (re.compile(r"^llm_provider-"), Stack.LITELLM),
    (re.compile(r"^(x-openrouter|x-clerk-auth)"), Stack.OPENROUTER),
    (re.compile(r"^(apim-request-id|azureml-|x-ms-)"), Stack.AZURE),
    (re.compile(r"^x-compute-(type|time|characters)"), Stack.TGI),
    (re.compile(r"^server: *llama\.cpp"), Stack.LLAMA_CPP),
)
_WORDS = (
    (re.compile(r"litellm|no connected db", re.IGNORECASE), Stack.LITELLM),
    (re.compile(r"openrouter|no endpoints found", re.IGNORECASE), Stack.OPENROUTER),
    (re.compile(r"vllm|--enable-auto-tool-choice|max_model_len", re.IGNORECASE), Stack.VLLM),
    (re.compile(r"sglang", re.IGNORECASE), Stack.SGLANG),
    (re.compile(r"ollama|try pulling it first", re.IGNORECASE), Stack.OLLAMA),
    (
        re.compile(r"llama[._-]?cpp|llamacpp|--jinja|exceed_context_size", re.IGNORECASE),
        Stack.LLAMA_CPP,
    ),
    (re.compile(r"text-generation-inference|max_new_tokens", re.IGNORECASE), Stack.TGI),
    (re.compile(r"azure|deploymentnotfound", re.IGNORECASE), Stack.AZURE),
)

TOOLS_HINT: Mapping[Stack, str] = MappingProxyType(
    {
        Stack.VLLM: "start vLLM with --enable-auto-tool-choice and --tool-call-parser NAME",
        Stack.SGLANG: "start SGLang with --tool-call-parser NAME",
        Stack.LLAMA_CPP: "start llama-server with --jinja and a chat template that knows tools",
        Stack.OLLAMA: "choose a model that ollama.com lists under tools",
        Stack.LITELLM: "give the proxy's model an entry whose provider supports function calling",
        Stack.OPENROUTER: "choose a model, or providers, that OpenRouter lists with tools",
        Stack.TGI: "start TGI with a model whose chat template knows tools",
        Stack.AZURE: "choose a deployment and an api-version that support tools",
    }
)
CONTEXT_HINT: Mapping[Stack, str] = MappingProxyType(
    {
        Stack.VLLM: "start vLLM with a larger --max-model-len",
        Stack.SGLANG: "start SGLang with a larger --context-length",
        Stack.LLAMA_CPP: "start llama-server with a larger -c",
        Stack.OLLAMA: "raise OLLAMA_CONTEXT_LENGTH or the model's num_ctx",
        Stack.TGI: "start TGI with larger --max-input-tokens and --max-total-tokens",
    }
)


def recognise(headers: Mapping[str, str], said: str) -> Stack | None:
    """Name the stack by its headers, else by its wording; None when nothing tells."""
    lines = [f"{name.lower()}: {value}" for name, value in headers.items()]
    for pattern, stack in _HEADERS:
        if any(pattern.search(line.lower()) for line in lines):
            return stack
    return next((stack for pattern, stack in _WORDS if pattern.search(said)), None)
