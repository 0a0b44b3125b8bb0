"""Which model answered: another one than was asked for, as far as names can tell (row 45)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DATE = re.compile(r"\b(20\d\d[-.]?[01]\d([-.]?[0-3]\d)?|[01]\d[0-3]\d|2[0-9][01]\d)\b")
_QUANTISED = re.compile(
    r"(?<![a-z0-9])(i?q\d(-[k0-9](-[a-z]{1,2})?)?|w\d+a\d+|(bf|fp|f|int|nvfp|mxfp)\d+|\d+bit|"
    r"awq|gptq|gguf|ggml|mlx|exl\d|bnb|marlin|dynamic|quantized)(?![a-z0-9])"
)
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])")
_CONTEXT = re.compile(r"(?<![a-z0-9.])\d+k(?![a-z0-9])")
_WORD = re.compile(r"[a-z]+")
# what names of one model have or leave out
_FILLERS = frozenset(
    [
        "instruct",
        "chat",
        "it",
        "hf",
        "preview",
        "latest",
        "beta",
        "free",
        "model",
        "base",
        "turbo",
        "fast",
        "online",
        "v",
    ]
)
# asking for one of these is asking for whatever there is
_ANY = frozenset({"auto", "default", "any", "latest", "local"})
_LESSER = frozenset({"mini", "nano", "tiny", "lite", "flash", "small", "haiku", "distill"})
_GRADES = _LESSER | {"medium", "large", "pro", "max", "plus", "ultra", "opus", "sonnet"}


@dataclass(frozen=True, slots=True)
class _Name:
    """A model's name taken apart: words, sizes in billions, and what is left of its numbers."""

    plain: str
    words: frozenset[str]
    sizes: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, name: str) -> _Name:
        """Read a name without its maker, any date and how it was quantised."""
        last = name.strip().lower().rpartition("/")[2]
        plain = _DATE.sub("", re.sub(r"[^a-z0-9.]+", "-", last).strip("-"))
        text = _CONTEXT.sub("", _QUANTISED.sub("", plain))
        rest = _SIZE.sub("", re.sub(r"(\d)p(\d)", r"\1.\2", text))
        # 3.5, 3-5 and 35 are three ways to write one version
        joined = re.sub(r"(\d)[.-](\d)(?!\d)", r"\1\2", rest)
        return cls(
            plain.strip("-."),
            frozenset(_WORD.findall(rest)) - _FILLERS,
            frozenset(_SIZE.findall(text)),
            frozenset(re.findall(r"\d+", joined)),
        )


def is_other(asked: str, served: str | None) -> bool:
    """Say whether the name that answered is another model's than the name that was asked for.

    A maker's prefix, a date, a variant's or a quantisation's suffix make no other model; no word in
    common, another size, version or grade do. An alias that is answered under the name of what is
    behind it is told from no other model: either way the answer does not say what was asked for.
    """
    if not asked or not served:
        return False
    ours, theirs = _Name.of(asked), _Name.of(served)
    if ours.plain == theirs.plain or ours.plain in _ANY or not ours.words:
        return False
    if not ours.words & theirs.words:
        return True
    return (
        _apart(ours.sizes, theirs.sizes)
        or _other_version(ours.numbers, theirs.numbers)
        or _other_grade(ours, theirs)
    )


def _apart(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    return bool(ours and theirs and not ours & theirs)


def _other_version(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Say whether no number of one name begins like one of the other's: 3 and 3.1 may be one."""
    if not ours or not theirs:
        return False
    return not any(a.startswith(b) or b.startswith(a) for a in ours for b in theirs)


def _other_grade(ours: _Name, theirs: _Name) -> bool:
    """Say whether the grades differ, or a lesser one answers for a name that has none."""
    wanted, given = ours.words & _GRADES, theirs.words & _GRADES
    if wanted:
        return _apart(wanted, given)
    return bool(given & _LESSER and (ours.numbers or ours.sizes))
