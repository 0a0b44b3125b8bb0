"""Numbers and texts as typed: with a unit, never infinite, never empty by an unset variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from cab_check.cli.quantities import Count, Seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

GIVEN = ("check", "--endpoint", "http://127.0.0.1:9", "--key", "k", "--dry-run")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90.0), ("90s", 90.0), ("1.5", 1.5), ("10m", 600.0), ("2 h", 7200.0), ("3min", 180.0)],
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    """In seconds, or with a unit."""
    assert Seconds(min=0).convert(text, None, None) == seconds


@pytest.mark.parametrize(
    ("text", "count"), [("500", 500), ("500k", 500_000), ("2M", 2_000_000), ("1.5M", 1_500_000)]
)
def test_counts(text: str, count: int) -> None:
    """As they are, or in thousands and millions."""
    assert Count().convert(text, None, None) == count


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "0.0001k", "2m", "nan", "k", "1e3", "0k"])
def test_what_is_no_count(text: str) -> None:
    """Less than one, in part, or with a unit that counts have not."""
    with pytest.raises(click.BadParameter):
        Count().convert(text, None, None)


@pytest.mark.parametrize(
    ("option", "text", "forms"),
    [("--max-time", "1h30m", "90, 10m, 2h"), ("--max-tokens-total", "2MB", "500, 500k, 1.5M")],
)
def test_a_unit_that_is_none_is_told_which_there_are(
    cab: Cab, option: str, text: str, forms: str
) -> None:
    """The message names the value and the forms that are taken."""
    seen = cab(*GIVEN, option, text)
    assert seen.code == 2
    assert repr(text) in seen.err
    assert forms in seen.err


NUMBERS = (
    "--max-cost", "--price-in", "--price-out", "--max-time", "--timeout", "--cost-limit",
    "--retry-wait", "--temperature", "--idle-timeout", "--max-requests", "--max-tokens-total",
)  # fmt: skip


@pytest.mark.parametrize("option", NUMBERS)
def test_no_number_is_none_infinite_or_negative(cab: Cab, option: str) -> None:
    """No comparison stops `nan`: it would be a cap that never acts."""
    for text in ("nan", "inf", "-inf", "1e999", "-1"):
        seen = cab(*GIVEN, option, text)
        assert (seen.code, seen.out) == (2, ""), text
        assert option in seen.err


TEXTS = (
    "--resume", "--targets", "--baseline", "--shard", "--shard-index", "--model", "--task",
    "--endpoint", "--state-dir", "--key-env", "--header", "--fail-under", "--seed", "--tui",
    "--max-cost", "--max-requests", "--repeat", "--extra-body", "--published-model",
)  # fmt: skip


@pytest.mark.parametrize("option", TEXTS)
def test_an_unset_variable_never_widens_a_run(cab: Cab, option: str) -> None:
    """`--resume "$UNSET"` is refused, and so is each of the others."""
    for text in ("", " "):
        seen = cab(*GIVEN, option, text)
        assert (seen.code, seen.out) == (2, ""), seen.err
        assert f"{option} was given an empty text" in seen.err


def test_an_empty_key_is_no_key(cab: Cab) -> None:
    """A server on this machine often has none."""
    assert cab(*GIVEN[:4], "", "--dry-run").code == 0


@pytest.mark.parametrize("command", [("check", "--resume"), ("runs", "show"), ("report",)])
def test_an_empty_name_is_nobodys(
    cab: Cab, kept: tuple[str, ...], command: tuple[str, ...]
) -> None:
    """Neither the latest nor the only one."""
    assert kept
    assert cab(*command, "").code == 2


def test_the_latest_of_none(cab: Cab) -> None:
    """A clear error, and where was looked."""
    seen = cab("check", "--resume", "latest")
    assert seen.code == 2
    assert "no sweep is kept in" in seen.err
