"""The page of a run: text stays text, nothing else is let in, and what a page must say is there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.record import REASON
from cab_check.report.html import render
from cab_check.report.html.markup import tag
from cab_check.report.printable import printable
from cab_check.store import Run
from tests.report.pages import HOSTILE, hostile_run, long_run, sample

if TYPE_CHECKING:
    from collections.abc import Sequence

_VOID = {"meta", "input", "br", "img"}


class Page(HTMLParser):
    """A page as a browser reads it: its elements in their order and the text of each kind."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Hold that every element is closed where it was opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note a text for the element it stands in."""
        if self.open:
            self.texts[self.open[-1]][-1] += data

    @property
    def text(self) -> str:
        """Return all that a reader sees."""
        hidden = ("script", "style")
        return " ".join(" ".join(texts) for of, texts in self.texts.items() if of not in hidden)


def policy(page: Page) -> str:
    """Return the page's content security policy."""
    return next(
        attributes["content"] or ""
        for name, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )


@given(st.text(st.characters(codec=None)))
def test_text_stays_text(text: str) -> None:
    """Whatever the letters, an element holds them as text: escapes for what nobody can see."""
    page = Page(tag("p", text, title=text))
    shown = "".join(c if c in "\n\t" else printable(c) for c in text)
    assert [name for name, _ in page.elements] == ["p"]
    assert page.elements[0][1]["title"] == shown
    assert page.texts["p"] == [shown]


@pytest.fixture(scope="module")
def hostile() -> tuple[str, Page]:
    """Make the page of the hostile run, once."""
    text = render(hostile_run())
    return text, Page(text)


def test_hostile_content_adds_no_element(hostile: tuple[str, Page]) -> None:
    """No text of a run is markup: the scripts and styles are the page's own, and nothing loads."""
    _, page = hostile
    names = [name for name, _ in page.elements]
    assert (names.count("script"), names.count("style"), names.count("img")) == (2, 1, 1)
    keys = [key for _, attributes in page.elements for key in attributes]
    assert not {key for key in keys if key.startswith("on") or key in {"style", "srcdoc"}}
    assert keys.count("src") == 1  # the badge, whose data stand in the page


def test_hostile_content_is_shown(hostile: tuple[str, Page]) -> None:
    """A reader sees that it was there, with its controls and direction marks as escapes."""
    text, page = hostile
    assert r"document.title='stolen'</script></script><img" in page.text
    assert r"\x1b[31mred\x1b[0m \u202eright to left" in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    text.encode()  # no lone surrogate is left


def test_ten_megabytes_are_cut_and_the_cut_said(hostile: tuple[str, Page]) -> None:
    """Texts of 10 MB leave a page that any browser opens, and each cut names the whole file."""
    text, page = hostile
    assert len(text) < 700_000
    for file in ("messages.json", "trace.jsonl", "changes.patch"):
        assert re.search(rf"whole in {re.escape(file)}", page.text), file
    assert re.search(r"9,9\d\d,\d{3} characters are left out here; whole in messages", page.text)


def test_policy_lets_in_the_pages_own_code_alone(hostile: tuple[str, Page]) -> None:
    """The policy names the style and each script by the SHA-256 of what stands in the page."""
    _, page = hostile
    said = policy(page)
    assert said.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in said
    assert "http" not in said
    for content in [*page.texts["style"], *page.texts["script"]]:
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in said


def test_nothing_outside_is_named_but_to_go_there(hostile: tuple[str, Page]) -> None:
    """Every address in the page is a place in it, or a link to a published cell."""
    del hostile
    page = Page(render(Run(record=sample("passed"))))
    for name, attributes in page.elements:
        for key in ("href", "src", "action", "data"):
            value = attributes.get(key)
            if value is not None:
                own = "data:image/svg+xml;base64," if name == "img" else "#"
                assert value.startswith((own, "https://codingagentbench.com/"))
                assert name in {"a", "img"}


@pytest.mark.parametrize("name", ["passed", "failed", "not_scored"])
def test_says_what_it_must(name: str) -> None:
    """The flag opens the page, reason and versions close it; identity and timing are there."""
    record = sample(name)
    page = Page(render(Run(record=record)))
    assert page.texts["strong"][0] == "PROVISIONAL — not for citation"
    assert f"provisional score — not for citation: {REASON}" in page.text
    assert "not for citation" in page.texts["title"][0]
    versions = f"cab {record.versions.cab_check} · scorers {record.versions.scorers}"
    for said in (record.identity.cell_id, record.verdict.evidence, "started_at", versions):
        assert said in page.text, said


def test_a_composite_is_shown_where_it_counts_and_only_there() -> None:
    """A cell that is not scored shows its axes as counted nowhere, and no composite at all."""
    scored = Page(render(Run(record=sample("passed"))))
    assert scored.texts["dt"][:1] == ["Pass"]
    assert "Composite" in scored.texts["dt"]
    unscored = replace(sample("passed"), verdict=sample("not_scored").verdict)
    page = Page(render(Run(record=unscored)))
    assert "as computed, and counted nowhere:" in page.text
    assert "composite" not in page.text.lower()
    assert "cost_aware" not in page.text


def test_a_cell_that_nobody_answered_has_no_figures() -> None:
    """Where no call was answered there is nothing to show, whatever the verifier found."""
    record = replace(sample("passed"), verdict=sample("not_scored").verdict, model_calls=())
    page = Page(render(Run(record=record)))
    assert "There is nothing to score: no call was answered." in page.text
    assert "Pass" not in page.texts["dt"]


def test_a_turn_holds_its_calls_with_their_answers() -> None:
    """Each call is one fold, its arguments by name and its result inside, also where ids repeat."""
    run = long_run(3)
    again = tuple(
        replace(message, call_id=message.call_id and "same", tool_calls=tuple(
            replace(call, id="same") for call in message.tool_calls))
        for message in run.messages
    )  # fmt: skip
    page = Page(render(replace(run, messages=again)))
    assert page.texts["summary"].count("") >= 3
    assert "an answer to no call" not in page.text
    assert "no answer was sent" not in page.text
    for turn in range(3):
        assert f"run_command python3 -m unittest tests/test_{turn}.py" in page.text


def test_a_run_of_nothing_says_so() -> None:
    """Without trace, messages and patch each part says that it has nothing, and the notes why."""
    record = replace(sample("not_scored"), model_calls=(), isolation=None, axes=None, preview=None)
    page = Page(render(Run(record=record, notes=("trace.jsonl is missing",))))
    for said in ("trace.jsonl is missing", "No trace of this run", "No message was kept",
                 "No model call was made", "No diff of this run"):  # fmt: skip
        assert said in page.text, said


def test_the_key_goes_by_its_name() -> None:
    """The command that runs the cell again names the variable; shell words are quoted."""
    record = sample("passed")
    identity = replace(record.identity, model="my model; rm -rf ~")
    page = Page(render(Run(record=replace(record, identity=identity))))
    commands = _copies(page)
    assert "--key-env CAB_KEY" in commands[0]
    assert "--model 'my model; rm -rf ~'" in commands[0]


def _copies(page: Page) -> Sequence[str]:
    return [text for text in page.texts["pre"] if text.startswith("export CAB_")]


def test_hostile_text_is_no_shell_word_of_its_own() -> None:
    """A hostile model's name stays one quoted word of the command."""
    record = sample("passed")
    page = Page(render(Run(record=replace(
        record, identity=replace(record.identity, model=HOSTILE)))))  # fmt: skip
    assert _copies(page)[0].count("--model") == 1
