"""Lines that wrap with a hanging indent and lose nothing, at any width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions

ROOM = 16
"""Below so many columns for its body a line puts its label on a line of its own."""
_LABEL = 14
_VALUE = 8
_SECTION = 12
_GAP = "   "


def said(text: str, style: str = "") -> Text:
    """Return text of any origin as it may be shown: no markup, no control character."""
    return Text(printable(text), style=style)


@dataclass(frozen=True, slots=True)
class Line:
    """A label and a body that wraps below itself; the label's width is the body's indent."""

    label: Text
    body: Text

    def fits(self, width: int) -> bool:
        """Say whether it stays one line."""
        return self.label.cell_len + self.body.cell_len <= width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        label, width = self.label, options.max_width
        if not self.fits(width) and width - label.cell_len < ROOM:
            yield from folded(console, label, width)
            label = Text(" " * (_leading(label.plain) + 2))
        indent = label.cell_len
        for line in folded(console, self.body, width - indent):
            yield Text.assemble(label, line, no_wrap=True)
            label = Text(" " * indent)


@dataclass(frozen=True, slots=True)
class Ends:
    """One line with something at either end; two lines where they do not fit."""

    left: Text
    right: Text

    def fits(self, width: int) -> bool:
        """Say whether it stays one line."""
        return self._space(width) >= len(_GAP)

    def _space(self, width: int) -> int:
        return width - 2 - self.left.cell_len - self.right.cell_len

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text | Line]:
        space = self._space(options.max_width)
        if self.fits(options.max_width):
            yield Text.assemble(" ", self.left, " " * space, self.right, no_wrap=True)
            return
        yield Line(Text(" "), self.left)
        yield Line(Text(" "), self.right)


@dataclass(frozen=True, slots=True)
class Figure:
    """One score: its name, its value, set right, and what there is to say about it."""

    name: str
    value: Text
    note: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Line]:
        fill = " " * max(1, _VALUE - self.value.cell_len)
        label = Text.assemble(_GAP, self.name.ljust(_LABEL), fill, self.value)
        if self.note.plain:
            label.append(_GAP)
        yield Line(label, self.note)


def section(name: str, body: Text) -> Line:
    """Return a line of the lower part: ` Endpoint   …`."""
    return Line(Text(f" {name}".ljust(_SECTION), style="bold" if name else ""), body)


def folded(console: Console, text: Text, width: int) -> Iterator[Text]:
    """Wrap a text at its words; a word that is wider than a line is folded, never cut."""
    for line in text.wrap(console, max(1, width), overflow="fold"):
        line.rstrip()
        yield line


def _leading(text: str) -> int:
    return len(text) - len(text.lstrip(" "))
