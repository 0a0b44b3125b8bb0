"""A command whose many options stand in its help text under headings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sectioned(click.Command):
    """A heading stands before the first option of each section; `sections` has it by parameter."""

    def __init__(self, *arguments: Any, sections: Mapping[str, str], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in their order."""
        title, rows = "Options", dict[str, list[tuple[str, str]]]()
        for parameter in self.get_params(ctx):
            title = self._sections.get(str(parameter.name), title)
            row = parameter.get_help_record(ctx)
            if row is not None:
                rows.setdefault(title, []).append(row)
        for heading, options in rows.items():
            with formatter.section(heading):
                formatter.write_dl(options)
