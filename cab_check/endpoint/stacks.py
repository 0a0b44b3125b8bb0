"""Server stacks, recognised by what they say, and the setting of each that mends a fault."""

from __future__ import annotations

import re
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
    (re.compile(r"^(x-litellm|llm_provider-)"), Stack.LITELLM),
    (re.compile(r"^(x-openrouter|x-clerk-auth)"), Stack.OPENROUTER),
    (re.compile(r"^(apim-request-id|azureml-|x-ms-)"), Stack.AZURE),
    (re.compile(r"^(x-compute-(type|time|characters)|x-time-per-token)"), Stack.TGI),
    (re.compile(r"^server: *llama\.cpp"), Stack.LLAMA_CPP),
    (re.compile(r"^(server|x-powered-by): *vllm"), Stack.VLLM),
    (re.compile(r"^(server|x-powered-by): *sglang"), Stack.SGLANG),
    (re.compile(r"^(server|x-powered-by): *ollama"), Stack.OLLAMA),
)
_WORDS = tuple(
    (re.compile(words, re.IGNORECASE), stack)
    for words, stack in (
        (r"litellm|no connected db|virtual key expected", Stack.LITELLM),
        (r"openrouter|no endpoints found", Stack.OPENROUTER),
        # vLLM's flags with hyphens, SGLang's settings with underscores
        (r"sglang|unsupported tool_call_parser", Stack.SGLANG),
        (r"vllm|--enable-auto-tool-choice|max_model_len", Stack.VLLM),
        (r"ollama|try pulling it first", Stack.OLLAMA),
        (r"llama[._-]?cpp|llamacpp|--jinja|exceed_context_size", Stack.LLAMA_CPP),
        (r"text-generation-inference|max_new_tokens|must have less than \d+ tokens", Stack.TGI),
        (r"azure|deploymentnotfound|operationnotsupported", Stack.AZURE),
    )
)
# what a list of models says of itself, entry by entry
_OWNERS = {
    "vllm": Stack.VLLM,
    "sglang": Stack.SGLANG,
    "llamacpp": Stack.LLAMA_CPP,
    "llama.cpp": Stack.LLAMA_CPP,
    "library": Stack.OLLAMA,
    "ollama": Stack.OLLAMA,
    "azure": Stack.AZURE,
}
_FIELDS = (
    (("top_provider", "architecture"), Stack.OPENROUTER),
    (("canonical_slug",), Stack.OPENROUTER),
    (("lifecycle_status", "capabilities"), Stack.AZURE),
    (("modified_at", "digest"), Stack.OLLAMA),
    (("litellm_params",), Stack.LITELLM),
)
# LiteLLM gives every model one and the same birthday
_LITELLMS_BIRTHDAY = 1677610602

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
        Stack.LITELLM: "raise the context of the server behind the proxy's model_list entry",
        Stack.OPENROUTER: "choose a model, or providers, with a longer context_length",
        Stack.TGI: "start TGI with larger --max-input-tokens and --max-total-tokens",
        Stack.AZURE: "deploy a model with a longer context",
    }
)
MODEL_HINT: Mapping[Stack, str] = MappingProxyType(
    {
        Stack.VLLM: "take the name that /models lists, or set vLLM's --served-model-name",
        Stack.SGLANG: "take the name that /models lists, or set SGLang's --served-model-name",
        Stack.LLAMA_CPP: "take the name that /models lists, or set llama-server's --alias",
        Stack.OLLAMA: "run `ollama pull` for this model, or take a name that /models lists",
        Stack.LITELLM: "take a model_name of the proxy's model_list",
        Stack.OPENROUTER: "take a name that openrouter.ai/models lists, with its maker's prefix",
        Stack.TGI: "take the name that /models lists: TGI serves one model, its --model-id",
        Stack.AZURE: "give the deployment's name, and an address that names it",
    }
)


def recognise(headers: Mapping[str, str], said: str) -> Stack | None:
    """Name the stack by its headers, else by its wording; None when nothing tells."""
    lines = [f"{name.lower()}: {value}" for name, value in headers.items()]
    for pattern, stack in _HEADERS:
        if any(pattern.search(line.lower()) for line in lines):
            return stack
    return next((stack for pattern, stack in _WORDS if pattern.search(said)), None)


def recognise_list(entries: Sequence[object]) -> Stack | None:
    """Name the stack by the entries of its list of models; None when they do not tell."""
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        owner = _OWNERS.get(str(entry.get("owned_by")).lower())
        if owner is not None:
            return owner
        for names, stack in _FIELDS:
            if all(name in entry for name in names):
                return stack
        if entry.get("created") == _LITELLMS_BIRTHDAY:
            return Stack.LITELLM
    return None
