"""Option types: finite numbers, lengths of time, counts with a unit; an empty text is refused."""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_THOUSANDS = {"": 1, "k": 1000, "M": 1_000_000}
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([A-Za-z]*)")


class Amount(click.FloatRange):
    """A finite number: neither `nan`, which no comparison stops, nor `inf`."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the number; fails as click does."""
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value!r} is no finite number.", param, ctx)
        return found


class Seconds(Amount):
    """A length of time in seconds: `90`, `90s`, `10m`, `2h`."""

    name = "length of time (90, 10m, 2h)"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it; fails as click does."""
        given = _with_unit(value, _SECONDS)
        return super().convert(value if given is None else given, param, ctx)


class Count(click.IntRange):
    """A whole number from 1, in thousands and millions as well: `500`, `500k`, `1.5M`."""

    name = "count (500, 500k, 1.5M)"

    def __init__(self) -> None:
        super().__init__(min=1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; fails as click does."""
        given = _with_unit(value, _THOUSANDS)
        whole = given is not None and given.is_integer()
        found: int = super().convert(int(given or 0) if whole else value, param, ctx)
        return found


def _with_unit(value: object, units: Mapping[str, float]) -> float | None:
    """Return a number times its unit; None where it has none, or is none."""
    match = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not match[2] or match[2] not in units:
        return None
    return round(float(match[1]) * units[match[2]], 9)


class Told(click.Option):
    """An option whose value says something: an empty one, as of an unset variable, is refused."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert the value; raises UsageError for a text without anything in it."""
        texts = value if isinstance(value, tuple | list) else (value,)
        empty = any(isinstance(text, str) and not text.strip() for text in texts)
        if empty and not ctx.resilient_parsing:
            raise UsageError(
                f"{self.opts[0]} was given an empty text",
                hint="is the variable set that it comes from? Else leave the option out",
            )
        return super().process_value(ctx, value)


option = partial(click.option, cls=Told)
"""`click.option` for what must not be empty; that holds for all but a key."""
