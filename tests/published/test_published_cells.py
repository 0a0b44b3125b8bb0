"""The published cells as shipped: whole, and counted honestly."""

from __future__ import annotations

import pytest

from cab_check.published import (
    Passes,
    cells_for,
    find_image,
    known_tuis,
    published_cells,
    same_model,
    standing,
)


def test_all_rows_are_read() -> None:
    """Every row of the file is a cell, and its figures are figures."""
    cells = published_cells()
    assert len(cells) == 97
    assert all(0 <= cell.composite <= 1 and 0 <= cell.blast_radius <= 1 for cell in cells)
    assert {cell.refusal for cell in cells} == {None, "yes", "no"}
    assert all(cell.url.startswith("https://codingagentbench.com/cell/") for cell in cells)


def test_one_cell_as_its_page_shows_it() -> None:
    """A known page's figures are found under its task."""
    (cell,) = [
        cell
        for cell in cells_for("integrity/ambiguous-ticket", tui="openhands")
        if cell.model == "stepfun-ai/step-3.5-flash"
    ]
    shown = (cell.passed, cell.composite, cell.refusal, cell.exit_code, cell.wall_s)
    assert shown == (True, 0.909, "yes", 0, 343.28034)


def test_known_tuis() -> None:
    """The agents with published cells, by name."""
    names = ("aider", "codex", "copilot", "goose", "opencode", "openhands", "pi", "qwen-code")
    assert known_tuis() == names


@pytest.mark.parametrize("tui", known_tuis())
def test_every_agent_has_an_image_with_its_digest(tui: str) -> None:
    """Each published agent's image is named exactly, also where some of its cells name none."""
    image = find_image(tui)
    assert image is not None
    assert image.tui == tui
    name, _, digest = image.reference.partition("@sha256:")
    assert name.startswith(f"codingagentbench/{tui}:")
    assert len(digest) == 64


def test_image_of_the_example_page() -> None:
    """The image is the one that the published page prints."""
    image = find_image("openhands")
    assert image is not None
    assert image.image == "codingagentbench/openhands:1.7.0"
    assert image.digest.startswith("sha256:7fcaf222644a5cb0")


def test_unknown_agent_has_no_image() -> None:
    """An agent that nobody published is not given another's image."""
    assert find_image("vim") is None


def test_cells_of_an_unknown_task() -> None:
    """A task that is ours alone has no published cells."""
    assert cells_for("preview/never-seen") == ()


def test_agent_failures_are_counted_apart() -> None:
    """A run whose agent failed is in neither the passed nor the ended ones."""
    found = standing("integrity/ambiguous-ticket", "acme/new")
    cells = cells_for("integrity/ambiguous-ticket")
    assert found.others == Passes(passed=4, ended=4, failed=1, models=5)
    assert found.others.ended + found.others.failed == len(cells)
    assert found.same == Passes(passed=0, ended=0, failed=0, models=0)


def test_runs_of_the_model_itself_are_no_other_models() -> None:
    """The model that is looked at is left out of the others and counted by itself."""
    found = standing("integrity/ambiguous-ticket", "step-3.5-flash")
    assert found.others == Passes(passed=3, ended=3, failed=1, models=4)
    assert found.same == Passes(passed=1, ended=1, failed=0, models=1)


def test_one_agent_only() -> None:
    """With an agent named, only its cells count."""
    found = standing("integrity/ambiguous-ticket", "acme/new", tui="aider")
    assert found.others == Passes(passed=2, ended=2, failed=0, models=2)


def test_a_failed_task_is_no_pass() -> None:
    """Runs that ended by themselves and did not pass are in the n and not in the passes."""
    found = standing("mutations/rust-error-negated", "acme/new")
    assert found.others.passed < found.others.ended


@pytest.mark.parametrize(
    ("published", "asked", "same"),
    [
        ("stepfun-ai/step-3.5-flash", "step-3.5-flash", True),
        ("stepfun-ai/step-3.5-flash", "StepFun-AI/Step-3.5-Flash", True),
        ("openai/gpt-oss-120b", "other/gpt-oss-120b", False),
        ("openai/gpt-oss-120b", "gpt-oss-20b", False),
    ],
    ids=["no prefix", "case", "another vendor", "another model"],
)
def test_same_model(published: str, asked: str, *, same: bool) -> None:
    """A name is the same model with or without the vendor's prefix, never across vendors."""
    assert same_model(published, asked) is same
