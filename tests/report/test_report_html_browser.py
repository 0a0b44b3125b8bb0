"""The page in a real browser: what a person clicks, types, hears, prints and turns dark."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.report.html import Entry, render, render_index
from cab_check.store import Run
from tests.report.pages import HOSTILE, hostile_run, long_run, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
_CHROMIUM = shutil.which("chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for all tests."""
    api = pytest.importorskip("playwright.sync_api")
    if _CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a page from disk; it must ask for nothing and complain of nothing."""
    noise: list[str] = []
    pages: list[Page] = []

    def open_(text: str, *, fragment: str = "", **context: Any) -> Page:
        file = tmp_path / f"{len(pages)}.html"
        file.write_text(text, encoding="utf-8")
        page: Page = browser.new_context(**context).new_page()
        address = file.as_uri()
        page.on("console", lambda message: noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: noise.append(f"error: {error}"))
        page.on("request", lambda request: noise.append(f"request: {request.url}")
                if not request.url.startswith(address) else None)  # fmt: skip
        page.goto(f"{address}{fragment}")
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.context.close()
    assert noise == []


@pytest.fixture(scope="module")
def text() -> str:
    """Make the page of a run of 20 turns, each of 2 s and 1 s."""
    return render(long_run(20))


def clock(page: Page) -> str:
    """Return the moment that the page shows."""
    shown: str = page.locator("#clock").inner_text()
    return shown


def test_opens_whole_and_at_the_end(opened: Callable[..., Page], text: str) -> None:
    """Before anybody plays, all of the run is shown; the title and the bar carry the flag."""
    page = opened(text)
    assert "not for citation" in page.title()
    assert page.locator(".flag strong").inner_text() == "PROVISIONAL — not for citation"
    assert clock(page) == "60.50 s / 60.50 s"
    assert page.locator("#terminal > div:visible").count() == 20


def test_keys_step_by_spans_and_by_100_ms(opened: Callable[..., Page], text: str) -> None:
    """← and → go to a span's beginning, comma and full stop 100 ms, Home to the start."""
    page = opened(text, fragment="#t=4500")
    assert clock(page) == "4.50 s / 60.50 s"
    for key, moment in (
        ("ArrowRight", "5.00"), ("ArrowRight", "6.00"), ("ArrowLeft", "5.00"),
        ("ArrowLeft", "3.00"), (".", "3.10"), (",", "3.00"), (",", "2.90"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert clock(page) == f"{moment} s / 60.50 s", key
    assert page.url.endswith("#t=2900")


def test_the_moment_shows_everywhere(opened: Callable[..., Page], text: str) -> None:
    """Bar, row, words and terminal are those of the moment: a command's output comes at its end."""
    page = opened(text, fragment="#t=5200")
    assert "tool_call" in page.locator("#now").inner_text()
    assert page.locator("tr.current").get_attribute("id") == "span-t1"
    assert page.locator("rect.current").count() == 1
    entries = page.locator("#terminal > div:visible")
    assert entries.count() == 2
    assert "line of turn 0" in entries.nth(0).inner_text()
    assert "line of turn 1" not in entries.nth(1).inner_text()
    page.keyboard.press("ArrowRight")
    assert "line of turn 1" in entries.nth(1).inner_text()


def test_space_plays_and_pauses(opened: Callable[..., Page], text: str) -> None:
    """Space plays to the end and stops there by itself; the button says which."""
    page = opened(text, fragment="#t=100")
    play = page.locator("#play")
    page.keyboard.press("Space")
    assert play.inner_text() == "Pause"
    page.locator("#scrubber").fill("60400")
    play.filter(has_text="Play").wait_for()
    assert clock(page) == "60.50 s / 60.50 s"
    page.locator("#speed").select_option("0.1")
    play.click()  # from the beginning
    page.locator("#clock").filter(has_not_text="0.00 s /").wait_for()
    page.keyboard.press("Space")
    assert play.inner_text() == "Play"
    assert page.url.rpartition("=")[2].isdigit()


def test_buttons_scrubber_and_bars(opened: Callable[..., Page], text: str) -> None:
    """Everything that keys do the mouse does, and the scrubber says its moment."""
    page = opened(text)
    page.locator("#scrubber").fill("30100")
    assert page.locator("#scrubber").get_attribute("aria-valuetext") == "30.10 s / 60.50 s"
    page.locator("#next").click()
    assert clock(page) == "32.00 s / 60.50 s"
    page.locator("#back").click()
    assert clock(page) == "30.00 s / 60.50 s"
    page.locator("rect.verifier").click()
    assert clock(page) == "60.00 s / 60.50 s"
    page.locator("#spans a").nth(3).click()
    assert page.url.endswith("#t=3000")
    assert clock(page) == "3.00 s / 60.50 s"


def test_keys_are_left_alone_elsewhere(opened: Callable[..., Page], text: str) -> None:
    """Space on a fold opens it and scrolls nothing; away from the replay keys scroll the page."""
    page = opened(text)
    fold = page.locator(".call summary").first
    fold.focus()
    page.keyboard.press("Space")
    assert page.locator(".call").first.get_attribute("open") is not None
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.locator("footer").click()
    page.keyboard.press("ArrowLeft")
    assert clock(page) == "60.50 s / 60.50 s"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system_and_the_reader(
    opened: Callable[..., Page], text: str, scheme: str
) -> None:
    """Ink on its ground has a contrast of 4.5 or more in both, and the button turns them round."""
    pages = (render(Run(record=sample(name))) for name in ("failed", "not_scored"))
    for each in (*pages, text):
        page = opened(each, color_scheme=scheme)
        worst = page.evaluate(_CONTRAST)
        assert worst["ratio"] >= 4.5, worst
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for _ in range(1 if scheme == "dark" else 2):
        page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert page.evaluate(_CONTRAST)["ratio"] >= 4.5


@pytest.mark.parametrize("name", ["long", "hostile", "unscored"])
def test_360_pixels_are_enough(opened: Callable[..., Page], text: str, name: str) -> None:
    """On a narrow screen the page itself never scrolls sideways."""
    pages = {
        "long": text,
        "hostile": render(hostile_run()),
        "unscored": render(Run(record=sample("not_scored"))),
    }
    page = opened(pages[name], viewport={"width": 360, "height": 740})
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_sweep_sorts_by_its_headings(opened: Callable[..., Page]) -> None:
    """A click sorts the rows by that column, another turns them round; the head says which way."""
    entries = []
    for at, name in enumerate(("passed", "failed", "not_scored")):
        record = sample(name)
        timing = replace(record.timing, duration_s=(9.5, 20.0, 100.0)[at])
        identity = replace(record.identity, task=f"{'cab'[at]}/task{HOSTILE}")
        entries.append(Entry(replace(record, timing=timing, identity=identity), f"cells/{at}.html"))
    page = opened(render_index(entries), viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    head = page.locator("th", has=page.get_by_role("button", name="Time"))
    for state, order in (("ascending", "cab"), ("descending", "bac")):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == state
        firsts = page.locator("tbody th").all_inner_texts()
        assert "".join(text[0] for text in firsts) == order
    page.get_by_role("button", name="Task").click()
    assert page.locator("tbody th").first.inner_text().startswith("a/task<script>")
    assert page.locator("[aria-sort]").count() == 1


def test_hostile_content_is_text(opened: Callable[..., Page]) -> None:
    """Nothing of a hostile run runs, loads or draws; a reader sees it as text."""
    page = opened(render(hostile_run()))
    assert "stolen" not in page.title() or page.title().startswith("<script>")
    assert page.locator("img").count() == 1  # the badge
    assert page.evaluate("document.images[0].naturalWidth") > 100
    assert page.locator("script").count() == 2
    shown = HOSTILE[:40]
    assert shown in page.locator("h1").inner_text()
    assert r"\x1b[31m" in page.locator("#terminal").inner_text()


def test_paper_has_everything(opened: Callable[..., Page], text: str) -> None:
    """In print every fold is open, the whole terminal is there and the controls are not."""
    page = opened(text, fragment="#t=0")
    assert page.locator("#terminal > div:visible").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#terminal > div:visible").count() == 20
    assert not page.locator(".controls").is_visible()
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0


def test_a_reader_who_sees_nothing_finds_its_way(opened: Callable[..., Page], text: str) -> None:
    """Every part has a name, every control too, and no two elements share an id."""
    page = opened(text)
    named: tuple[tuple[Any, str | None], ...] = (
        ("navigation", "Parts of this page"), ("main", None), ("region", "Per-axis scores"),
        ("region", "Trace replay"), ("button", "Play"), ("button", "To the next span"),
        ("slider", "Moment of the run"), ("combobox", "Speed"), ("region", "Terminal playback"),
    )  # fmt: skip
    for role, name in named:
        assert page.get_by_role(role, name=name).count() == 1, (role, name)
    assert "Timeline of 60.50 s" in (page.locator("#bars").get_attribute("aria-label") or "")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))


def test_without_script_nothing_is_missing(opened: Callable[..., Page], text: str) -> None:
    """A reader that runs no script has the whole terminal, and no control that does nothing."""
    page = opened(text, java_script_enabled=False)
    assert page.locator("#terminal > div:visible").count() == 20
    assert not page.locator("#play").is_visible()
    assert not page.locator("#theme").is_visible()


_CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour, under) => {
    canvas.fillStyle = under ? `rgb(${under})` : "white";
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((each) => {
      const share = each / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const chain = [];
    for (let at = element; at; at = at.parentElement) chain.unshift(at);
    return chain.reduce((under, at) => rgb(getComputedStyle(at).backgroundColor, under), null);
  };
  let worst = { ratio: 21 };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || seen.has(element)) continue;
    seen.add(element);
    if (!element.checkVisibility() || element.closest("svg, script, style")) continue;
    const under = ground(element);
    const [ink, paper] = [light(rgb(getComputedStyle(element).color, under)), light(under)];
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    const text = `${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}`;
    if (ratio < worst.ratio) worst = { ratio, text };
  }
  return worst;
}
"""
