"""The scorecard as a person sees it: golden text, any width, any content."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from cab_check.cli.standins import carried
from cab_check.endpoint.ledger import Accommodation
from cab_check.record import TaskOrigin, TokensSource, record_from_json
from cab_check.report.terminal import as_published, scorecard, summary
from cab_check.settings import Isolation
from cab_check.store import Run
from cab_check.store.spans import read_spans
from cab_check.trace import Span, SpanKind

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cab_check.record import RunRecord

DATA = Path(__file__).parents[1] / "data"
SPANS, _ = read_spans((DATA / "runs" / "trace.jsonl").read_bytes())
KEPT = ".local/state/cab-check/runs/20261123-1812-ambiguous-ticket-7f3a"
HOSTILE = "[red]evil[/red] \x1b[31m\x1b]0;t\x07 :smile: \u202eabc \U0001f680 \ud83d [/]"
SHOWN = r"[red]evil[/red] \x1b[31m\x1b]0;t\x07 :smile: \u202eabc " + "\U0001f680" + r" \ud83d [/]"


def sample(name: str, **changes: Any) -> RunRecord:
    """Return a kept record, with what a test changes in it."""
    text = (DATA / "runs" / f"{name}.json").read_text(encoding="utf-8")
    return replace(record_from_json(json.loads(text)), **changes)


def run_of(record: RunRecord, **parts: Any) -> Run:
    """Return a run below the user's own home."""
    return Run(record=record, directory=Path.home() / KEPT, **parts)


def drawn(renderable: RenderableType, width: int = 80, **options: Any) -> str:
    """Draw as a pipe gets it."""
    file = io.StringIO()
    Console(file=file, width=width, **options).print(renderable)
    return file.getvalue()


def bare(text: str) -> str:
    """Return a text without any space: what is left when lines are broken elsewhere."""
    return re.sub(r"\s", "", text)


def unscored_with_axes() -> RunRecord:
    """Return a cell that was verified and yet not scored, as one that a budget ended."""
    return replace(sample("passed"), verdict=sample("not_scored").verdict)


def without_usage() -> RunRecord:
    """Return a cell whose endpoint never said what it used."""
    record = sample("passed")
    assert record.axes is not None
    assert record.preview is not None
    nothing = replace(
        record.axes.tokens,
        prompt_tokens=None,
        completion_tokens=None,
        total_tokens=None,
        tokens_per_correct_task=None,
    )
    basis = replace(
        record.preview.tokens,
        source=TokensSource.NOT_RECORDED,
        calls_without_usage=(1, 2, 3, 4),
    )
    aware = replace(record.preview.cost_aware, composite=None, cost_efficiency=None)
    return replace(
        record,
        axes=replace(record.axes, tokens=nothing),
        preview=replace(record.preview, tokens=basis, cost_aware=aware),
        accommodations=(),
    )


CARDS: dict[str, tuple[Run, bool]] = {
    "passed": (run_of(sample("passed"), spans=SPANS), False),
    "failed": (run_of(sample("failed")), False),
    "not_scored": (run_of(sample("not_scored")), False),
    "not_scored_with_axes": (run_of(unscored_with_axes()), False),
    "demo": (run_of(sample("passed", demo=True), spans=SPANS), False),
    "unknown_usage": (run_of(without_usage()), False),
    "verbose": (run_of(sample("passed"), spans=SPANS), True),
}


@pytest.mark.parametrize("name", CARDS)
def test_golden_text(name: str) -> None:
    """At 80 columns the scorecard is, letter for letter, what was looked at and found good."""
    run, verbose = CARDS[name]
    golden = (DATA / "golden" / f"scorecard_{name}.txt").read_text(encoding="utf-8")
    assert drawn(scorecard(run, verbose=verbose)) == golden


@pytest.mark.parametrize(
    ("name", "width", "options"),
    [
        ("narrow", 40, {}),
        ("wide", 120, {}),
        ("colour", 80, {"force_terminal": True, "color_system": "standard", "no_color": False}),
    ],
)
def test_golden_text_otherwise(name: str, width: int, options: dict[str, Any]) -> None:
    """Narrow, wide and in colour too."""
    golden = (DATA / "golden" / f"scorecard_{name}.txt").read_text(encoding="utf-8")
    assert drawn(scorecard(CARDS["failed"][0]), width, **options) == golden


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("passed", "PASSED"),
        ("demo", "PASSED"),
        ("failed", "FAILED   model: turn_limit"),
        ("not_scored", "NOT SCORED   endpoint: refuses"),
    ],
)
def test_three_lines_tell_it_all(name: str, told: str, width: int) -> None:
    """Whether it worked, and if not whose fault it was, stands in the first three lines."""
    lines = drawn(scorecard(CARDS[name][0]), width).splitlines()[:3]
    assert any(told in line for line in lines)
    assert any("PROVISIONAL" in line for line in lines)
    if name != "passed":
        text = drawn(summary([CARDS[name][0]]), width)
        assert bool(re.search("1 (failed: model|not scored: endpoint)", text)) is (name != "demo")


def test_golden_summary() -> None:
    """The summary of many cells at 80 columns."""
    runs = [CARDS[name][0] for name in ("passed", "failed", "not_scored")]
    golden = (DATA / "golden" / "summary.txt").read_text(encoding="utf-8")
    assert drawn(summary(runs)) == golden


@pytest.mark.parametrize("name", CARDS)
def test_provisional_first_and_last(name: str) -> None:
    """The flag opens every scorecard and stands in its closing lines."""
    run, verbose = CARDS[name]
    lines = drawn(scorecard(run, verbose=verbose)).splitlines()
    assert lines[0].startswith(" PROVISIONAL — not for citation")
    closing = bare_lines("\n".join(lines[-9:]))
    assert "an eleventh agent, cab's own, on a fixture that is not" in closing
    assert "not for citation:" in closing
    assert "docker or harness path" in closing
    assert "cab 0.1.0 · scorers 1 · prompt a0a0a0a0a0a0 · fixture b1b1b1b1b1b1" in closing


@pytest.mark.parametrize("name", [name for name, (_, verbose) in CARDS.items() if not verbose])
@pytest.mark.parametrize("width", [20, 40, 60, 79, 120])
def test_nothing_is_lost_at_any_width(name: str, width: int) -> None:
    """A narrow terminal breaks and orders lines and leaves nothing out; none is wider than it."""
    run, _ = CARDS[name]
    text = drawn(scorecard(run), width)
    assert sorted(bare(text)) == sorted(bare(drawn(scorecard(run))))
    assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_long_form_holds_everything(width: int) -> None:
    """Every value of the axes, every span and every call is there, however narrow it gets."""
    run, _ = CARDS["verbose"]
    text = bare(drawn(scorecard(run, verbose=True), width))
    written = json.loads((DATA / "runs" / "passed.json").read_text(encoding="utf-8"))
    for axis, value in written["axes"].items():
        compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        assert f"{axis}{','.join(value)}{bare(compact)}" in text
    for call in run.record.model_calls:
        assert call.request_sha256[:12] in text
    assert bare("user, pid, mount and network namespaces") in text
    assert bare("1 command · 23 variables of the environment withheld") in text
    assert bare("stream-usage-missing first at turn 1") in text
    for span in run.spans:
        assert bare(span.name) in text
        compact = json.dumps(dict(span.attributes), separators=(",", ":"))
        assert span.attributes == {} or bare(compact) in text
        assert bare(f"error: {span.error}") in text or span.error is None


def test_an_unscored_cell_shows_no_composite() -> None:
    """Neither the word nor the figure stands anywhere, in the long form neither."""
    record = unscored_with_axes()
    assert record.axes is not None
    for verbose in (False, True):
        text = drawn(scorecard(run_of(record), verbose=verbose), 200)
        assert "omposite" not in text
        assert "0.953" not in text
        assert "0.888" not in text
        assert "NOT SCORED   endpoint: refuses tools (400)" in text
    assert "Composite        0.953" in drawn(scorecard(run_of(sample("passed"))))


def test_pass_before_composite() -> None:
    """Pass is the first figure and the composite the last."""
    text = drawn(scorecard(CARDS["passed"][0]))
    names = re.findall(r"^   ([A-Z][\w/]+)", text, re.MULTILINE)
    assert names == [
        "Pass", "Tokens/correct", "Wall", "Blast", "Refusal", "Integrity", "Constraints",
        "Composite",
    ]  # fmt: skip


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("width", [40, 100])
def test_hostile_content_is_text(width: int, *, verbose: bool) -> None:
    """Markup, escapes, direction marks and halves of letters are shown and do nothing."""
    record = hostile_record()
    span = Span("a", "a", SpanKind.TOOL_CALL, HOSTILE, 0, 1, {HOSTILE: HOSTILE}, HOSTILE)
    run = Run(record=record, spans=(span,), directory=Path("/tmp", HOSTILE), notes=(HOSTILE,))  # noqa: S108 - never made
    text = drawn(scorecard(run, verbose=verbose), width, markup=True, emoji=True, highlight=True)
    assert not set(text) & set("\x1b\x07\u202e\ud83d\r")
    assert bare(text).count(bare(SHOWN)) >= 9
    summed = drawn(summary([run, run]), width)
    assert bare(summed).count(bare(SHOWN)) >= 2
    assert max(cell_len(line) for line in (text + summed).splitlines()) <= width


def hostile_record() -> RunRecord:
    """Return a record with hostile text wherever text of others comes in."""
    record = sample("failed")
    assert record.axes is not None
    assert record.isolation is not None
    axes = replace(
        record.axes,
        pass_rate=replace(record.axes.pass_rate, stderr_tail=f"first\n{HOSTILE}\n"),
        blast_radius=replace(record.axes.blast_radius, unexpected_changes=(HOSTILE,)),
    )
    return replace(
        record,
        identity=replace(
            record.identity, task=HOSTILE, model=HOSTILE, model_served=HOSTILE, compared_tui=HOSTILE
        ),
        verdict=replace(record.verdict, evidence=HOSTILE, hint=HOSTILE),
        axes=axes,
        accommodations=(Accommodation(HOSTILE, 1, HOSTILE, HOSTILE),),
        model_calls=(replace(record.model_calls[0], finish_reason=HOSTILE),),
    )


def test_colour_carries_nothing() -> None:
    """With colour the very same text is drawn; without a terminal or with NO_COLOR, none is."""
    run, _ = CARDS["failed"]
    plain = drawn(scorecard(run, verbose=True))
    coloured = drawn(
        scorecard(run, verbose=True), force_terminal=True, color_system="truecolor", no_color=False
    )
    assert "\x1b[" in coloured
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    grey = drawn(scorecard(run), force_terminal=True, color_system="truecolor", no_color=True)
    assert not re.search(r"\x1b\[[\d;]*3[0-7]", grey)


def test_demo_is_said_twice() -> None:
    """A demo is flagged beside the first flag and in words, and stands beside no published run."""
    text = drawn(scorecard(CARDS["demo"][0]))
    assert text.splitlines()[0].startswith(" PROVISIONAL — not for citation · DEMO")
    assert "the embedded endpoint played the model" in text
    assert "of a demo — not for citation" in text
    assert "Published" not in text
    assert "DEMO" not in drawn(scorecard(CARDS["passed"][0]))
    assert " · DEMO" in drawn(summary([CARDS["passed"][0], CARDS["demo"][0]]))
    assert "DEMO" not in drawn(summary([CARDS["passed"][0]]))


def test_image_and_digest_of_the_agent_named() -> None:
    """With --tui the exact published image and its whole digest are named, and who did the work."""
    text = drawn(scorecard(CARDS["failed"][0]))
    assert "codingagentbench/openhands:1.7.0" in text
    assert "@sha256:7fcaf222644a5cb0afffe018f038d270130b5af3b8af366cd960f2d596a4342c" in text
    assert "cab embedded agent did the work, not openhands" in text


def test_agent_without_an_image() -> None:
    """An agent that nobody published is said to be unknown."""
    record = sample("passed")
    record = replace(record, identity=replace(record.identity, compared_tui="vim"))
    text = drawn(scorecard(run_of(record)))
    assert "no published image of vim is known" in text
    assert "step-3.5-flash under vim: no published cell" in text


def test_no_isolation_is_a_warning() -> None:
    """Level none is called none, twice, with what it does not hold back."""
    text = drawn(scorecard(CARDS["failed"][0]))
    assert text.splitlines()[0].endswith("box: none")
    assert "none: commands ran unconfined, as you" in text
    assert "warning: commands read and write all that you can; answers readable" in bare_lines(text)
    boxed = drawn(scorecard(CARDS["passed"][0]))
    assert "warning" not in boxed
    assert "unconfined" not in boxed


def bare_lines(text: str) -> str:
    """Return a text with its line breaks and indents as single spaces."""
    return re.sub(r"\s+", " ", text)


def test_a_weaker_level_says_so() -> None:
    """What a level does not hold back is said without being called a warning."""
    record = sample("failed")
    assert record.isolation is not None
    receipt = replace(record.isolation.receipt, level=Isolation.LANDLOCK)
    record = replace(record, isolation=replace(record.isolation, receipt=receipt))
    text = bare_lines(drawn(scorecard(run_of(record))))
    assert "weaker than full: commands read" in text
    assert "warning" not in text


def test_a_run_that_was_not_kept() -> None:
    """A run that the store could not take is shown, and says that it lies nowhere."""
    text = drawn(scorecard(Run(record=sample("passed"))))
    assert " Record     not kept" in text


def test_a_run_elsewhere_is_shown_in_full(tmp_path: Path) -> None:
    """A path that is not below the user's home is not shortened."""
    text = drawn(scorecard(Run(record=sample("passed"), directory=tmp_path)), 200)
    assert f" Record     {tmp_path}" in text


def test_notes_are_shown() -> None:
    """What could not be read of a run is said below its path."""
    run = Run(record=sample("passed"), notes=("trace.jsonl is missing",))
    assert "note: trace.jsonl is missing" in drawn(scorecard(run))


AXES: list[tuple[str, str, dict[str, Any], str]] = [
    ("timed out", "pass_rate", {"timed_out": True}, "the verifier's time was up"),
    ("silent", "pass_rate", {"stdout_tail": "", "exit_code": 0}, "was 0, it printed nothing"),
    ("long", "pass_rate", {"stdout_tail": "x" * 300}, "x…"),
    ("nothing changed", "blast_radius", {"total_changes": 0}, "0.000   nothing changed"),
    ("a repository", "blast_radius", {"extra_git_dir": True}, "· a .git appeared"),
    (
        "many unexpected",
        "blast_radius",
        {"unexpected_changes": ("a", "b", "c", "d", "e"), "total_changes": 6},
        "6 files changed, 5 unexpected: a, b, c and 2 more",
    ),
    ("refusal in part", "refusal", {"refusal": 0.5}, "no   in part: clarification document"),
    ("no refusal", "refusal", {"refusal": 0}, "no   clarification document"),
    ("off refusal", "refusal", {"not_applicable": True}, "n/a   one was produced though none"),
    ("a violation", "integrity", {"violations": ("weakened",)}, "1.000   weakened"),
    ("empty diff", "constraints", {"nothing_changed": True}, "—   nothing changed"),
    ("no rules", "constraints", {"declared": 0}, "—   none declared"),
]


@pytest.mark.parametrize(
    ("axis", "changes", "said"), [row[1:] for row in AXES], ids=[row[0] for row in AXES]
)
def test_what_an_axis_says(axis: str, changes: dict[str, Any], said: str) -> None:
    """Each axis says in words what its figure alone would hide."""
    record = sample("passed")
    axes: Any = record.axes
    changed = replace(axes, **{axis: replace(getattr(axes, axis), **changes)})
    assert said in drawn(scorecard(run_of(replace(record, axes=changed))), 200)
    assert said not in drawn(scorecard(run_of(record)), 200)


def test_empty_diff_shows_no_n_of_n() -> None:
    """Who changed nothing is not shown four honored rules of four."""
    record = sample("passed")
    axes: Any = record.axes
    changed = replace(axes, constraints=replace(axes.constraints, nothing_changed=True))
    assert "4/4" not in drawn(scorecard(run_of(replace(record, axes=changed))))


def test_tokens_of_a_failed_task_are_not_zero() -> None:
    """A failed cell has no tokens per correct task; the published 0 is not shown as one."""
    record = sample("failed")
    axes: Any = record.axes
    known = replace(
        axes.tokens, prompt_tokens=10, completion_tokens=5, total_tokens=15,
        tokens_per_correct_task=0,
    )  # fmt: skip
    text = drawn(scorecard(run_of(replace(record, axes=replace(axes, tokens=known)))))
    assert "Tokens/correct       —   10 in · 5 out · 10 calls" in text


def test_a_pass_at_the_turn_limit_says_so() -> None:
    """A task that was solved by an agent that did not stop by itself is marked."""
    failed = sample("failed")
    text = drawn(scorecard(run_of(sample("passed", stop_reason=failed.stop_reason))))
    assert "PASSED   scored in 4 turns, 18.4 s · ended by turn limit" in text


def test_a_hint_on_a_pass_is_shown() -> None:
    """A verdict's hint is never dropped."""
    record = sample("passed")
    record = replace(record, verdict=replace(record.verdict, hint="look twice"))
    assert "look twice" in drawn(scorecard(run_of(record)))


def test_a_cell_that_never_began() -> None:
    """A cell that was left out has nothing but its verdict, and says that no agent ran."""
    record = sample("not_scored", stop_reason=None, turns=0, model_calls=())
    record = replace(record, identity=replace(record.identity, exit_code=None))
    text = drawn(scorecard(run_of(record), verbose=True))
    assert "agent never ran" in text
    assert "Model calls (0)" in text
    assert "Pass" not in text


def test_refused_levels_are_listed_in_the_long_form() -> None:
    """Why a stronger level was not had stands in the long form."""
    record = sample("failed")
    assert record.isolation is not None
    refused = replace(record.isolation, refused=("namespaces: not permitted here",))
    text = drawn(scorecard(run_of(replace(record, isolation=refused)), verbose=True))
    assert " Refused    namespaces: not permitted here" in text


def test_spans_whose_parents_go_round() -> None:
    """A damaged trace whose spans are each other's parents is still drawn."""
    first = Span("a", "b", SpanKind.SCORE, "one", 0, 1, {}, None)
    second = Span("b", "a", SpanKind.SCORE, "two", 1, 1, {}, None)
    text = drawn(scorecard(Run(record=sample("passed"), spans=(first, second)), verbose=True))
    assert "one" in text
    assert "two" in text


def test_a_long_attribute_is_cut() -> None:
    """A whole file in a span is cut, and it is said where the rest is."""
    span = Span("a", None, SpanKind.TOOL_CALL, "read", 0, 1, {"result": "z" * 5000}, None)
    run = Run(record=sample("passed"), spans=(span,))
    text = drawn(scorecard(run, verbose=True), 400)
    assert "z" * 200 + "… (5,000 characters, whole in trace.jsonl)" in text
    assert "z" * 201 not in text


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 130), st.text(max_size=60))
def test_any_text_at_any_width(width: int, text: str) -> None:
    """No content and no width makes the drawing fail, or a line wider than the terminal."""
    record = sample("failed")
    record = replace(record, verdict=replace(record.verdict, evidence=text, hint=text))
    lines = drawn(scorecard(run_of(record), verbose=width % 2 == 0), width).splitlines()
    if width > 1:  # a wide letter has no room in one column
        assert max(cell_len(line) for line in lines) <= width


@pytest.mark.parametrize(
    ("origin", "seed", "words"),
    [(TaskOrigin.OWN, None, "(your own task)"), (TaskOrigin.VARIANT, 7, "(variant, seed 7)")],
)
def test_what_is_not_the_published_task_stands_beside_no_published_cell(
    origin: TaskOrigin, seed: int | None, words: str
) -> None:
    """It may carry a published id: the card says what it is, and compares it with nothing."""
    run, _ = CARDS["failed"]
    assert "Published" in drawn(scorecard(run))
    identity = replace(run.record.identity, task_origin=origin, seed=seed)
    card = drawn(scorecard(replace(run, record=replace(run.record, identity=identity))))
    assert "Published" not in card
    assert words in card


@pytest.mark.parametrize(
    ("name", "word"), [("passed", "passed"), ("failed", "failed"), ("not_scored", "failed")]
)
def test_the_published_reading_knows_no_not_scored(name: str, word: str) -> None:
    """There a run without a fair chance is a failure; here that is only ever said on demand."""
    said = drawn(as_published(CARDS[name][0]))
    assert f"as published: {word}" in said
    assert "omposite" not in said


def test_golden_text_in_ascii() -> None:
    """Where the encoding has ASCII alone the card has stand-ins, and no escape of ours."""
    golden = (DATA / "golden" / "scorecard_ascii.txt").read_text(encoding="ascii")
    assert carried(drawn(scorecard(CARDS["failed"][0])), "ascii") == golden
