"""Where the time of one streamed answer went, as one bar with a legend below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.report.layout import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType

    from cab_check.doctor.anatomy import Anatomy

_MARGIN = 3
_BETWEEN = " · "


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of time: its letter in the bar, its name, and how long it was."""

    letter: str
    name: str
    taken_ms: float
    style: str


@dataclass(frozen=True, slots=True)
class _Bar:
    """The stretches side by side, each at least one column wide: colour only supports letters."""

    segments: tuple[Segment, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        width = max(len(self.segments), options.max_width - 2 * _MARGIN)
        bar = Text(" " * _MARGIN, no_wrap=True)
        for segment, columns in zip(self.segments, _columns(self.segments, width), strict=True):
            bar.append(segment.letter * columns, style=segment.style)
        yield bar


@dataclass(frozen=True, slots=True)
class _Legend:
    """What the letters mean; no line ends within an entry unless the terminal is narrower."""

    segments: tuple[Segment, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Line]:
        line = Text()
        for segment in self.segments:
            entry = Text(segment.letter, style=segment.style)
            entry.append(f" {segment.name} {duration(segment.taken_ms)}", style="default")
            if (
                line
                and _MARGIN + line.cell_len + len(_BETWEEN) + entry.cell_len > options.max_width
            ):
                yield Line(Text(" " * _MARGIN), line)
                line = Text()
            line = Text.assemble(line, _BETWEEN, entry) if line else entry
        yield Line(Text(" " * _MARGIN), line)


def stall_bar(anatomy: Anatomy) -> Iterator[RenderableType]:
    """Yield the bar and its legend."""
    segments = tuple(_segments(anatomy))
    if not segments:
        return
    yield Line(Text(" "), Text("One streamed answer, from the name's look-up to its last byte"))
    yield _Bar(segments)
    yield _Legend(segments)


def _segments(anatomy: Anatomy) -> Iterator[Segment]:
    """Yield the stretches in their order; what did not happen has none."""
    stages = anatomy.stages
    for letter, name, taken, style in (
        ("D", "DNS", stages.dns_ms, "blue"),
        ("T", "TCP", stages.tcp_ms, "cyan"),
        ("S", "TLS", stages.tls_ms, "blue"),
    ):
        if taken is not None:
            yield Segment(letter, name, taken, style)
    at = 0.0
    for letter, name, moment, style in _moments(anatomy):
        yield Segment(letter, name, max(0.0, moment - at), style)
        at = max(at, moment)


def _moments(anatomy: Anatomy) -> Iterator[tuple[str, str, float, str]]:
    """Yield what the answer's time was spent on until which moment."""
    known = (
        ("h", "headers", anatomy.headers_ms, "magenta"),
        ("e", "first event", anatomy.first_event_ms, "yellow"),
        ("r", "first reasoning", anatomy.first_reasoning_ms, "cyan"),
        ("c", "first content", anatomy.first_content_ms, "green"),
    )
    for letter, name, moment, style in known:
        if moment is not None:
            yield letter, name, moment, style
    start, silence = anatomy.silence_from_ms, anatomy.silence_ms
    said = [moment for _, _, moment, _ in known if moment is not None]
    if start is not None and silence is not None and said and start >= max(said):
        yield "=", "on", start, "green"
        yield ".", "longest silence", start + silence, "red"
    yield "=", "to the end", anatomy.end_ms, "green"


def _columns(segments: tuple[Segment, ...], width: int) -> list[int]:
    """Share the columns out by time, at least one for each; the longest takes what is over."""
    total = sum(segment.taken_ms for segment in segments) or 1.0
    spare = width - len(segments)
    shares = [1 + int(spare * segment.taken_ms / total) for segment in segments]
    longest = max(range(len(segments)), key=lambda at: segments[at].taken_ms)
    shares[longest] += width - sum(shares)
    return shares


def duration(taken_ms: float) -> str:
    """Return `0.4 ms`, `240 ms`, `12.3 s`."""
    if taken_ms < 10:  # noqa: PLR2004 - digits
        return f"{taken_ms:.1f} ms"
    return f"{taken_ms:,.0f} ms" if taken_ms < 10_000 else f"{taken_ms / 1000:,.1f} s"  # noqa: PLR2004 - digits
