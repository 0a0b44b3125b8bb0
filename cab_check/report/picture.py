"""The scorecard as a picture, drawn by rich; the SVG asks nobody for a font or anything else."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cab_check.report.flag import flag, sweep_flag
from cab_check.report.sweep import sweep_summary
from cab_check.report.terminal import scorecard, summary
from cab_check.report.xmltext import legal, xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from cab_check.record import Sweep
    from cab_check.report.flag import Flag
    from cab_check.store import Run

_WIDTH = 88
_FRAME = """<svg viewBox="0 0 {{width}} {{height}}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>{title}</title>
<style>
.{{unique_id}}-matrix {{{{ font: {{char_height}}px/{{line_height}}px monospace }}}}
.{{unique_id}}-title {{{{ font: bold 18px sans-serif }}}}
{{styles}}
</style>
<defs>
<clipPath id="{{unique_id}}-clip-terminal">
<rect x="0" y="0" width="{{terminal_width}}" height="{{terminal_height}}" />
</clipPath>
{{lines}}
</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})"
clip-path="url(#{{unique_id}}-clip-terminal)">
{{backgrounds}}
<g class="{{unique_id}}-matrix">{{matrix}}</g>
</g>
</svg>
"""


def render(run: Run) -> str:
    """Return the scorecard of one run as SVG; where it lies on this machine is left out."""
    name = None if run.directory is None else Path(run.directory.name)
    return _drawn(scorecard(replace(run, directory=name)), flag((run.record,)))


def render_many(runs: Sequence[Run], sweep: Sweep | None = None) -> str:
    """Return the summary of a sweep as SVG."""
    if sweep is not None:
        return _drawn(sweep_summary(sweep), sweep_flag(sweep.record))
    return _drawn(summary(runs), flag([run.record for run in runs]))


def _drawn(shown: RenderableType, carried: Flag) -> str:
    console = Console(
        record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True,
        color_system="truecolor",
        highlight=False, emoji=False, markup=False, legacy_windows=False, no_color=False,
    )  # fmt: skip
    console.print(shown)
    title = xml(f"{carried.banner}. {carried.sentence}").replace("{", "{{").replace("}", "}}")
    # the identifier is fixed: the same run gives the same picture
    drawn = console.export_svg(
        title=carried.banner, code_format=_FRAME.format(title=title), unique_id="cab"
    )
    return legal(drawn)
