"""The prompts: the system's, which is data, and the user's, which is the task's and AGENTS.md."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources


@cache
def system_prompt() -> str:
    """Return the system prompt, word for word as it is sent."""
    return resources.files("cab_check.agent").joinpath("prompt.md").read_text("utf-8").strip()


def prompt_sha256() -> str:
    """Return the system prompt's digest, by which a record names the agent that did the work."""
    return hashlib.sha256(system_prompt().encode()).hexdigest()


def user_prompt(prompt: str, rules: str | None) -> str:
    """Return the user's message: the task's prompt, then AGENTS.md as coding agents append it."""
    if rules is None or not rules.strip():
        return prompt
    return f"{prompt.rstrip()}\n\nThe workspace's AGENTS.md says:\n\n{rules.strip()}\n"
