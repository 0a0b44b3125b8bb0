"""What a program prints about a test run: no words of whoever keeps them in a document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LINES = (
    # rulers and the marks below a piece of code
    r"[-=_*~.^ +#]{3,}",
    r"([=_])\1{2,} .* \1{3,}",
    # Python: tracebacks, unittest, pytest
    r"Traceback \(most recent call last\):",
    r'File ".*", line \d+(, in .*)?',
    r"(\w+\.)*\w+(Error|Exception|Interrupt|Exit)(: .{0,80})?",
    r"[.EFsxu]+",
    r"(ERROR|FAIL): \S+( \(.*\))?",
    r"\S+ \(\w+\.[\w.]+\)( \.\.\. .*)?",
    r"Ran \d+ tests? in [\d.]+ ?m?s",
    r"(OK|FAILED)( \([\w ]+=\d.*\))?",
    r"(PASSED|FAILED|ERROR) \S+::.*",
    r"\S+::\S+ (PASSED|FAILED|ERROR|SKIPPED).*",
    r"\S+ [.EFsx]+ +\[ *\d+%\]",
    r"E (assert |\+ |\w*(Error|Exception)\b).*",
    r"(platform \w+ -- |rootdir: |configfile: |plugins: |asyncio: mode|collected \d+ ).*",
    r"(self|\w+) = (<.*>|-?\d+(, \w+ = -?\d+)*)",
    r"\S+:\d+: ?\w*",
    r"\d+ (passed|failed|errors?|skipped).* in [\d.]+s.*",
    # go test, cargo test, TAP and node
    r"(=== (RUN|PAUSE|CONT)|--- (PASS|FAIL|SKIP):|(FAIL|PASS|ok|\?)\s+\S+\s+[\d.(]).*",
    r"(running \d+ tests?|test result: .*|test \S+ \.\.\. \w+|thread '.*' .*panicked.*)",
    r"((not )?ok \d+ -? ?.*|1\.\.\d+|TAP version \d+|# (tests|pass|fail) \d+)",
)
_LINE = re.compile("|".join(_LINES))
_LONGEST_LINE = 500

# what is left of them when the lines were joined
_PIECE = re.compile(
    r"Traceback \(most recent call last\):|\bFile \"[^\"\n]{1,300}\", line \d+(?:, in \w+)?"
    r"|\b(?:ERROR|FAIL): \w+ \([\w.]+\)|\b\w{1,200} \(\w+\.[\w.]+\) \.\.\. (?:ok|ERROR|FAIL)\b"
    r"|\bRan \d+ tests? in [\d.]+ ?s\b|\bFAILED \((?:failures|errors)=[^)\n]{0,60}\)"
    r"|\b\w{1,60}(?:Error|Exception)\b|[-=^]{3,}"
)


def without_printed(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines, white space as single spaces, without what a test program printed."""
    told = (" ".join(_PIECE.sub(" ", line).split()) for line in lines if not _is_printed(line))
    return tuple(line for line in told if line and not _is_printed(line))


def _is_printed(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and _LINE.fullmatch(line) is not None
