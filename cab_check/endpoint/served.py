"""Which model answered: another one than was asked for, where the names leave no doubt (row 45)."""

from __future__ import annotations

import re

# the names under which models of one maker are known; a name that holds none says nothing
_FAMILIES = (
    ("gpt", "chatgpt", "o1", "o3", "o4", "davinci", "codex"),
    ("claude", "sonnet", "opus", "haiku"),
    ("gemini", "gemma", "palm"),
    ("llama", "nemotron", "vicuna", "hermes"),
    ("qwen", "qwq", "qvq"),
    ("mistral", "mixtral", "ministral", "codestral", "devstral", "magistral", "pixtral"),
    ("deepseek",),
    ("kimi", "moonshot"),
    ("glm", "chatglm"),
    ("phi",),
    ("command", "cohere", "aya"),
    ("grok",),
    ("minimax", "abab"),
    ("doubao", "seed"),
    ("granite",),
    ("falcon",),
    ("step",),
    ("ernie",),
    ("hunyuan",),
)
_FAMILY_OF = {name: number for number, names in enumerate(_FAMILIES) for name in names}
_DATE = re.compile(r"\b(20\d\d[-_.]?[01]\d([-_.]?[0-3]\d)?|[01]\d[0-3]\d|2[0-9][01]\d)\b")
_WORD = re.compile(r"[a-z]+")
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])")


def is_other(asked: str, served: str | None) -> bool:
    """Say whether the model that answered is clearly another one than the model asked for.

    A provider's prefix, a date, an alias or a name that nobody knows are no sign of that: only two
    names of known families that share none, or of one family in two sizes, are.
    """
    if not served:
        return False
    ours, theirs = _plain(asked), _plain(served)
    if ours in theirs or theirs in ours:
        return False
    families, found = _families(ours), _families(theirs)
    if not families or not found:
        return False
    if not families & found:
        return True
    sizes, served_sizes = _sizes(ours), _sizes(theirs)
    return bool(sizes and served_sizes and not sizes & served_sizes)


def _plain(name: str) -> str:
    """Return a name without its provider, its variant (`:free`) and any date."""
    last = name.strip().lower().rpartition("/")[2].partition(":")[0].partition("@")[0]
    return _DATE.sub("", last).strip("-_. ")


def _families(name: str) -> set[int]:
    found = {_FAMILY_OF[word] for word in _WORD.findall(name) if word in _FAMILY_OF}
    short = re.match(r"(o[134])(?![0-9a-z])", name)
    return found | ({_FAMILY_OF[short.group(1)]} if short else set())


def _sizes(name: str) -> set[str]:
    return set(_SIZE.findall(name.replace("_", "-")))
