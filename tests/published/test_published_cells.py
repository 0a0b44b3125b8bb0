"""The published cells as shipped: whole, and counted honestly."""

from __future__ import annotations

import pytest

from cab_check.published import cells_for, find_image, known_tuis, published_cells


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


@pytest.mark.parametrize("name", ["openhands", "OpenHands"])
def test_an_agent_is_found_case_aside(name: str) -> None:
    """What is typed after --tui need not have the case of the page."""
    assert len(cells_for("integrity/ambiguous-ticket", tui=name)) == 3
