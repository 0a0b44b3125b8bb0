"""JUnit, badge, picture, Markdown: what other programs read holds to their rules."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cab_check.errors import UsageError
from cab_check.report import badge, junit, markdown, picture, shield
from cab_check.report.mdtext import code
from cab_check.report.xmltext import quoted, xml
from tests.report.report_samples import HOSTILE, hostile, run_of, sample

if TYPE_CHECKING:
    from cab_check.store import Run

# Jenkins' junit-10.xsd: what may stand in what, in this order, and each element's attributes
CHILDREN = {
    "testsuites": ("testsuite",),
    "testsuite": ("properties", "testcase", "system-out", "system-err"),
    "properties": ("property",),
    "property": (),
    "testcase": ("skipped", "error", "failure", "system-out", "system-err"),
    "error": (),
    "failure": (),
    "system-out": (),
}
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "skipped", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "error": {"type", "message"},
    "failure": {"type", "message"},
    "system-out": set(),
}


def mixed() -> tuple[Run, ...]:
    """Return a sweep with a pass, two repeats of a failure and an endpoint that refused tools."""
    return (run_of("passed"), run_of("failed"), second("failed"), second("not_scored"))


def second(name: str) -> Run:
    """Return a second repeat."""
    return run_of(name, identity=replace(sample(name).identity, repeat=2))


@pytest.mark.parametrize("runs", [mixed(), (hostile(),)], ids=["a sweep", "hostile"])
def test_junit_holds_to_the_schema(runs: tuple[Run, ...]) -> None:
    """Every element stands where the schema has it, in its order, with its attributes alone."""
    root = ET.fromstring(junit.render_many(runs))  # noqa: S314 - ours
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        places = [CHILDREN[element.tag].index(child.tag) for child in element]
        assert places == sorted(places)
        if element.tag.startswith("testsuite"):
            cases = list(element.iter("testcase"))
            assert int(element.attrib["tests"]) == len(cases)
            for kind in ("failure", "error"):
                found = sum(case.find(kind) is not None for case in cases)
                assert int(element.attrib[f"{kind}s"]) == found


def test_junit_tells_a_failure_from_an_error() -> None:
    """A suite a task, a case a repeat; the endpoint's fault is an error, no failure and no pass."""
    root = ET.fromstring(junit.render_many(mixed()))  # noqa: S314 - ours
    cases = {
        (suite.attrib["name"], case.attrib["name"]): [
            (child.tag, child.attrib["type"])
            for child in case
            if child.tag in ("failure", "error", "skipped")
        ]
        for suite in root
        for case in suite.iter("testcase")
    }
    assert cases == {
        ("integrity/ambiguous-ticket", "step-3.5-flash #1"): [],
        ("integrity/ambiguous-ticket", "step-3.5-flash #2"): [("error", "endpoint")],
        ("mutations/python-comparator-swap", "acme/coder-7b #1"): [("failure", "model")],
        ("mutations/python-comparator-swap", "acme/coder-7b #2"): [("failure", "model")],
    }


@given(st.text(st.characters(codec=None)))
def test_any_text_is_held_by_xml(text: str) -> None:
    """No text ends an element or an attribute, and what XML can hold comes back as it was."""
    element = ET.fromstring(f"<a b={quoted(text)}>{xml(text)}</a>")  # noqa: S314 - ours
    held = re.fullmatch("[\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", text) is not None
    assert (element.text or "") == text or not held
    assert element.attrib["b"] == text or not held


@pytest.mark.parametrize(
    ("runs", "message", "colour"),
    [
        ((run_of("passed"),), "integrity/ambiguous-ticket: passed", "green"),
        ((run_of("failed"),), "mutations/python-comparator-swap: failed", "red"),
        ((run_of("passed"), run_of("failed")), "2 tasks: 1 of 2 passed", "orange"),
        ((run_of(demo=True),), "demo, integrity/ambiguous-ticket: passed", "green"),
    ],
    ids=["passed", "failed", "some", "demo"],
)
def test_badge(runs: tuple[Run, ...], message: str, colour: str) -> None:
    """It says preview in its text and in its title, and its colour follows the passes."""
    drawn = ET.fromstring(badge.render_many(runs))  # noqa: S314 - ours
    texts = [element.text or "" for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["CodingAgentBench preview", message]
    (title,) = drawn.iter("{http://www.w3.org/2000/svg}title")
    assert "preview" in str(title.text).lower()
    data = json.loads(shield.render_many(runs))
    assert (data["color"], data["schemaVersion"]) == (colour, 1)
    assert data["message"].startswith(f"{message} · provisional")
    assert "preview" in data["label"]
    # the service refuses a badge with a key that it does not know
    assert set(data) <= {"schemaVersion", "label", "message", "color", "labelColor", "isError"}


@pytest.mark.parametrize("module", [badge, shield])
@pytest.mark.parametrize("runs", [(run_of("not_scored"),), mixed()], ids=["one", "one of many"])
def test_what_is_not_scored_has_no_badge(module: object, runs: tuple[Run, ...]) -> None:
    """It is refused, and told whose fault it was."""
    with pytest.raises(UsageError, match=r"not scored \(endpoint: refuses tools \(400\)\)"):
        module.render_many(runs)  # type: ignore[attr-defined]


@pytest.mark.parametrize("run", [run_of(), hostile()], ids=["plain", "hostile"])
def test_pictures_ask_nobody_for_anything(run: Run) -> None:
    """Neither the badge nor the scorecard names an address to load, and both are whole XML."""
    for drawn in (badge.render(run), picture.render(run), picture.render_many((run, run))):
        root = ET.fromstring(drawn)  # noqa: S314 - ours
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"script", "image", "foreignObject", "a", "use", "link"}
        inside = "".join(
            element.text or "" for element in root.iter() if element.tag[-5:] == "style"
        )
        assert "@" not in inside
        assert "url(" not in inside
        assert not [
            value
            for element in root.iter()
            for name, value in element.attrib.items()
            if "href" in name or ("url(" in value and not value.startswith("url(#"))
        ]


def test_a_picture_does_not_say_where_it_was_made() -> None:
    """The machine's own path is left out; the run's name is not."""
    drawn = picture.render(run_of())
    assert "20261123-1812-ambiguous-ticket-7f3a" in drawn
    assert "somewhere" not in drawn


def rendered(text: str) -> str:
    """Return Markdown as HTML by a reader of CommonMark with tables, raw HTML let through."""
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


@pytest.mark.parametrize(
    "text", [markdown.render(hostile()), markdown.render_many((hostile(),) * 2)]
)
def test_hostile_text_is_no_markup(text: str) -> None:
    """No link, image, tag or mention of others gets into the page, and no table loses a cell."""
    page = rendered(text)
    outside = re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)
    assert not re.search(r"<(a|img|script)\b", page)
    assert page.count("<details>") == page.count("</details>")
    for shown in ("@team", "alert", "b.example", "http"):
        assert shown not in outside
    assert not set(text) & set("\x00\x0b\x1b\u202e\ud83d")
    rows = re.findall(r"<tr>.*?</tr>", page, flags=re.DOTALL)
    for row in rows:
        assert len(re.findall(r"<t[dh]", row)) in (3, 5, 8)
    assert all(line.count("<code>") == line.count("</code>") for line in page.splitlines())


@given(st.text(st.characters(codec=None)), st.booleans())
def test_any_text_is_code(text: str, in_a_table: bool) -> None:  # noqa: FBT001 - hypothesis
    """In a sentence or in a cell, all of it is in one code element."""
    span = code(text)
    page = rendered(f"| a | b |\n|---|---|\n| {span} | z |\n" if in_a_table else f"a {span} z\n")
    assert "\n" not in span
    outside = re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)
    plain = rendered("| a | b |\n|---|---|\n|  | z |\n" if in_a_table else "a  z\n")
    bare = re.sub(r"\s", "", outside.replace("—", ""))
    assert bare == re.sub(r"\s", "", plain)


def test_markdown_of_a_run() -> None:
    """Whether it worked, the axes with Pass first, and what it stands beside."""
    text = markdown.render(run_of())
    assert text.splitlines()[0] == "### PASSED: `integrity/ambiguous-ticket`"
    assert text.index("| Pass |") < text.index("| Composite |")
    assert "| `3 other models under other agents` | 3 of 3 |" in text
    assert "fixture re-created here, 97 of 3,465 cells known, n = 1 each" in text


def test_markdown_of_a_run_that_is_not_scored() -> None:
    """It says whose fault it was, and shows no composite."""
    record = replace(sample("passed"), verdict=sample("not_scored").verdict)
    text = markdown.render(replace(run_of(), record=record))
    assert text.startswith("### NOT SCORED")
    assert "- whose fault: `endpoint: refuses tools (400)`" in text
    assert "counted nowhere" in text
    assert "omposite" not in text
    assert "Published" not in text


def test_markdown_of_a_sweep() -> None:
    """It opens with how many count, groups repeats of a cell, and averages nothing."""
    text = markdown.render_many(mixed())
    assert text.splitlines()[0] == "### scored 3 of 4 cells · passed 1 of 3"
    assert "passed 0 of 2, 95 % interval 0.00 to 0.66" in text
    assert "omposite" not in text


def test_hostile_text_is_there() -> None:
    """Nothing of it was dropped to be safe: a reader sees what the model wrote."""
    text = markdown.render(hostile())
    assert "&lt;&#47;details&gt;" in text or "&#60;&#47;details&#62;" in text
    assert "\\x1b[31m" in text or "x1b&#91;31m" in text
    assert HOSTILE.count("|") == 2
