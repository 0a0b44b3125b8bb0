"""The agent's changes as a coloured diff; the signs say what the colours say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.report.html.blocks import fold, section
from cab_check.report.html.markup import joined, tag
from cab_check.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.report.html.markup import Markup

_FILE_LINES = 1_000
_LINE = 1_000
_OPEN = 300
"""So many lines are open when the page is; the files after them open when they are asked for."""
_KINDS = {"+": "added", "-": "removed", "@": "hunk", "\\": "dim"}


def changes(patch: str | None) -> Markup:
    """Return the workdir's diff, a fold a file, or why there is none."""
    if patch is None:
        said = tag("p", "No diff of this run can be read.")
        return section("changes", "Changes", said)
    if not patch.strip():
        return section("changes", "Changes", tag("p", "Nothing was changed."))
    files: list[Markup] = []
    shown = 0
    for lines in _files(patch.split("\n")):
        shown += len(lines)
        files.append(_file(lines, opened=shown <= _OPEN))
    return section("changes", "Changes", *files)


def _files(lines: Sequence[str]) -> Iterator[list[str]]:
    """Split a patch before each `diff`, and before each line that only names a file."""
    part: list[str] = []
    for line in lines:
        if line.startswith(("diff --git ", "# ")) and part:
            yield part
            part = []
        part.append(line)
    if any(part):
        yield part


def _file(lines: list[str], *, opened: bool) -> Markup:
    if lines[0].startswith("# "):
        return tag("p", tag("bdi", lines[0][2:]))
    head, body = _parted(lines)
    added = sum(line.startswith("+") for line in body)
    removed = sum(line.startswith("-") for line in body)
    name = tag("code", lines[0].rpartition(" b/")[2] or lines[0])
    how = next((line for line in head if line.startswith(("new file", "deleted file"))), "")
    said = f" +{added:,} −{removed:,} {how.partition(' mode')[0]}".rstrip()  # noqa: RUF001 - minus
    return fold(joined((name, said)), _body(body), opened=opened, class_="file")


def _parted(lines: list[str]) -> tuple[list[str], list[str]]:
    """Part a file's heading from its hunks."""
    at = next((at for at, line in enumerate(lines) if line.startswith("@@")), len(lines))
    return lines[:at], [line for line in lines[at:] if line]


def _body(lines: list[str]) -> Markup:
    if not lines:
        return tag("p", "The content is the same, or empty.", class_="dim")
    left = len(lines) - _FILE_LINES
    said = f"… {counted(left, 'line')} are left out here; whole in changes.patch …"
    return joined(
        (
            tag("pre", *(_line(line) for line in lines[:_FILE_LINES]), class_="diff"),
            tag("p", said, class_="cut") if left > 0 else None,
        )
    )


def _line(line: str) -> Markup:
    if len(line) > _LINE:
        line = f"{line[:_LINE]}… ({len(line):,} characters, whole in changes.patch)"
    return tag("span", line, "\n", class_=_KINDS.get(line[0]))
