"""Judge the keys by series drawn for this run, equal or different in one part."""

import dataclasses
import random
import sys
import types
from pathlib import Path

# The kit is compiled from its text: an import could be answered by a cache that was planted.
KIT = Path(__file__).with_name("java.py")
java = types.ModuleType("java")
java.__file__ = str(KIT)
exec(compile(KIT.read_bytes(), str(KIT), "exec"), java.__dict__)

DRAW = random.SystemRandom()
LANGUAGES = ("en", "tr")
KINDS = ("plain", "scoped")
NAMES = ("hits", "time.waiting", "disk.io", "idle", "pi", "latency9")
TWINS = {"name": ("ap", "c2"), "host": ("Aa", "BB"), "tenant": ("Aa", "BB"), "tags": (("Aa",), ("BB",))}
"""Texts whose hash codes in Java are the same, and that are not equal."""


@dataclasses.dataclass(frozen=True)
class Series:
    """A series, or a scoped one; the host is None where it is not known."""

    kind: str
    name: str
    host: str | None
    tags: tuple[str, ...]
    tenant: str = "north"

    @property
    def key(self):
        """Return what makes it equal to another."""
        tenant = self.tenant if self.kind == "scoped" else None
        return self.kind, self.name.lower(), self.host, frozenset(self.tags), tenant

    @property
    def text(self):
        """Write it for the judge's main."""
        host = "?" if self.host is None else f"={self.host}"
        return "\t".join([self.kind, self.name, host, self.tenant, *self.tags])

    def but(self, **parts):
        """Return it with other parts."""
        return dataclasses.replace(self, **parts)


def word(least=1):
    """Draw a short text."""
    return "".join(DRAW.choices("abcxyzABC_-", k=DRAW.randint(least, 6)))


def drawn(kind, **parts):
    """Draw a series; its name has letters whose case another language sees otherwise."""
    tags = tuple(f"{word()}{number}" for number in range(DRAW.randint(2, 4)))
    host = DRAW.choice([None, f"web{DRAW.randint(1, 99)}"])
    return Series(kind, f"{DRAW.choice(NAMES)}.i", host, tags, word()).but(**parts)


def sibling(series):
    """Draw an equal series that is written in another way."""
    name = "".join(DRAW.choice([sign.lower(), sign.upper()]) for sign in series.name)
    tags = [*series.tags, *DRAW.choices(series.tags, k=DRAW.randint(0, 2))]
    DRAW.shuffle(tags)
    return series.but(name=DRAW.choice([name, series.name.upper()]), tags=tuple(tags))


def others(series):
    """Draw series that differ in one part, be it a little."""
    first, *rest = series.tags
    tags = [(), tuple(rest), (*series.tags, "more"), (first.swapcase() + "s", *rest), (", ".join(series.tags),)]
    found = [series.but(tags=tuple(each)) for each in tags]
    found += [series.but(host="WEB1"), series.but(name=f"{series.name}1"), series.but(tags=(f"{first} ", *rest))]
    if series.kind == "scoped":
        found += [series.but(tenant=f"{series.tenant}x"), series.but(tenant=series.tenant.swapcase() + "Q")]
    return found


def pair(question, one, other, language="en"):
    """Ask what two series are to each other."""
    same = str(one.key == other.key).lower()
    answers = [same, same, "true"] if question == "equal" else [same]
    return [language, question, one.text, other.text], answers


def pairs(question, make, times=1):
    """Ask of drawn series of both kinds in both languages, with what `make` makes of each."""
    return [
        pair(question, series, other, language)
        for language in LANGUAGES
        for kind in KINDS
        for series in [drawn(kind) for _ in range(times)]
        for other in make(series)
    ]


def twins():
    """Ask of series that differ and may well have the same hash code."""
    for kind in KINDS:
        for part, (one, other) in TWINS.items():
            if part != "tenant" or kind == "scoped":
                series = drawn(kind)
                yield pair("equal", series.but(**{part: one}), series.but(**{part: other}))


def hosts():
    """Ask of hosts that are not known, and of some whose names could be taken for it."""
    for kind in KINDS:
        series = drawn(kind, host=None)
        for host in (None, "", "null", "?", "unknown"):
            yield pair("equal", series, series.but(host=host))


def apart():
    """Ask whether hash codes tell series apart that differ in one part."""
    for kind in KINDS:
        series = drawn(kind)
        parts = [("name", "n{}"), ("host", "h{}"), *([("tenant", "t{}")] if kind == "scoped" else [])]
        groups = [[series.but(**{part: form.format(at)}) for at in range(64)] for part, form in parts]
        groups.append([series.but(tags=(f"tag{at}",)) for at in range(64)])
        for group in groups:
            yield ["en", "apart", *(each.text for each in group)], ["true"]


def counted(language):
    """Let series of a few keys be counted, written in many ways."""
    keys = [drawn(kind, name=name) for kind in KINDS for name in ("hits", "Idle.IO", "pi")]
    keys += [keys[0].but(kind="scoped"), keys[-1].but(kind="plain"), keys[0].but(host="null")]
    given = [sibling(DRAW.choice(keys)) for _ in range(60)]
    sums = {}
    for number, series in enumerate(given, 1):
        sums[series.key] = sums.get(series.key, 0) + number
    answers = [str(len(sums)), *(str(sums[series.key]) for series in given)]
    return [language, "counted", *(series.text for series in given)], answers


def changed(kind):
    """Let the lists of a series be changed behind its back."""
    series = sibling(drawn(kind))
    return ["en", "changed", series.text], ["\t".join(series.tags), "true", "true"]


def label(call):
    """Name a call where it is told what went wrong with it."""
    given = "; ".join(text.replace("\t", " ") for text in call[2:4])
    given += f" and {len(call) - 4} more" if len(call) > 4 else ""
    return f"{call[1]} (language {call[0]}): {given}"


CALLS = {
    "equals": [
        *pairs("equal", lambda series: [series, sibling(series)], times=3),
        *pairs("hash", lambda series: [series, sibling(series)], times=6),
    ],
    "others": [
        *pairs("equal", others),
        *twins(),
        *hosts(),
        *((["en", "others", drawn(kind).text], ["false"] * 4) for kind in KINDS),
    ],
    "a tenant or none": [
        pair("equal", *DRAW.sample([series, series.but(kind="scoped")], 2))
        for series in [drawn("plain") for _ in range(8)]
    ],
    "lists that change": [changed(kind) for kind in KINDS * 2],
    "hash codes": [*apart()],
    "counted": [counted(language) for language in LANGUAGES for _ in range(3)],
}
CASES = [java.Case(name, calls, label, []) for name, calls in CALLS.items()]

sys.exit(java.judge(CASES))
