"""The closing lines: the flag again, and how a citable result is made."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.text import Text

from cab_check.published import SOURCE, find_image
from cab_check.report.flag import flag
from cab_check.report.layout import Line, said

SITE = urlsplit(SOURCE).netloc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.record import RunRecord
    from cab_check.report.flag import Flag


def closing(records: Sequence[RunRecord]) -> Iterator[Line]:
    """Yield the lines that end everything that shows a score, of one run or of many."""
    yield from carried(flag(records))
    yield from _image(records)


def carried(found: Flag) -> Iterator[Line]:
    """Yield the flag with its reason, and what the scores depend on."""
    how = f"A citable one comes from the benchmark's docker or harness path ({SITE})"
    yield Line(Text(" "), Text(f"{found.notice}: {found.reason}. {how}"))
    yield Line(Text(" "), said(found.versions))


def _image(records: Sequence[RunRecord]) -> Iterator[Line]:
    tui = records[0].identity.compared_tui if len(records) == 1 else None
    if tui is None:
        return
    image = find_image(tui)
    if image is None:
        yield Line(Text(" "), said(f"no published image of {tui} is known to this version of cab"))
        return
    # apart, so that neither is folded at 80 columns and both can be copied
    yield Line(Text(" "), Text(f"the exact image published for {image.tui}: {image.image}"))
    yield Line(Text("   "), Text(f"@{image.digest}"))
