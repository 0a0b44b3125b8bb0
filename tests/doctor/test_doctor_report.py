"""What a person and a program see of an examination."""

from __future__ import annotations

import io
import json
from dataclasses import replace

from rich.console import Console

from cab_check.doctor.anatomy import Anatomy
from cab_check.doctor.catalogue import probes
from cab_check.doctor.examination import Examination
from cab_check.doctor.finding import Cost, Finding, blocked, failed, passed, skipped, warned
from cab_check.doctor.network import Stages
from cab_check.report.doctor import card, cost_line, document, plan_document, price_list
from cab_check.report.stallbar import duration, stall_bar

ANATOMY = Anatomy(
    stages=Stages(dns_ms=12.0, tcp_ms=24.0, tls_ms=55.0),
    headers_ms=310.0,
    first_event_ms=312.0,
    first_reasoning_ms=330.0,
    first_content_ms=1900.0,
    silence_ms=2100.0,
    silence_from_ms=2500.0,
    end_ms=7400.0,
    events=210,
    completion_tokens=240,
)


def _finding(name: str, seen: object, requests: int = 1, tokens: int = 0) -> Finding:
    spent = Cost(requests, tokens)
    return Finding(name=name, title=name, seen=seen, spent=spent, duration_ms=3.25)  # type: ignore[arg-type]


EXAMINATION = Examination(
    url="https://api.example.com/v1",
    model="step-3.5-flash",
    findings=(
        _finding("reachable", passed("DNS 12 ms · TCP 24 ms · TLS 55 ms · HTTP 140 ms")),
        _finding("model", warned("there is no /models", "answer GET /models")),
        _finding(
            "tool call",
            failed(
                "HTTP 400: no tools \x1b[31m[red]here[/red]",
                "start vLLM with --enable-auto-tool-choice and --tool-call-parser NAME\ncurl -sS x",
            ),
            tokens=1234,
        ),
        _finding("turn two", blocked("needs tool call, which did not work"), 0),
        _finding("usage", blocked("needs tool call, which did not work"), 0),
        _finding("context overflow", skipped("no context length at /models"), 0),
    ),
    anatomy=ANATOMY,
    duration_ms=8421.0,
)

GOLDEN = """\
 PROVISIONAL — not for citation                              cab 0.1.0 · doctor
 step-3.5-flash @ api.example.com

   pass  reachable          DNS 12 ms · TCP 24 ms · TLS 55 ms · HTTP 140 ms
   warn  model              there is no /models
                          → answer GET /models
   FAIL  tool call          HTTP 400: no tools \\x1b[31m[red]here[/red]
                          → start vLLM with --enable-auto-tool-choice and
                            --tool-call-parser NAME
   skip  context overflow   no context length at /models
   skip  not examined       turn two, usage

 One streamed answer, from the name's look-up to its last byte
   DTShhhercccccccccccccc======..................============================
   D DNS 12 ms · T TCP 24 ms · S TLS 55 ms · h headers 310 ms
   e first event 2.0 ms · r first reasoning 18 ms · c first content 1,570 ms
   = on 600 ms · . longest silence 2,100 ms · = to the end 2,800 ms

 NOT READY   1 passed, 1 to look at, 1 failed, 3 left out
 spent 3 requests, 1,234 tokens · took 8.4 s
"""


def _drawn(renderable: object, width: int = 80) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, emoji=False, markup=False)
    console.print(renderable)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def test_an_examination_is_drawn_at_80_columns() -> None:
    """Marks, evidence, fixes, the bar, totals and the verdict, in this order."""
    assert _drawn(card(EXAMINATION)) == GOLDEN


def test_nothing_is_wider_than_the_terminal() -> None:
    """Whatever its width."""
    for width in (40, 60, 80, 120):
        assert max(len(line) for line in _drawn(card(EXAMINATION), width).splitlines()) <= width


def test_a_fix_has_room_on_a_narrow_terminal() -> None:
    """It stands as far in as what it mends, and never in a column of a few letters."""
    fixes = [line for line in _drawn(card(EXAMINATION), 40).splitlines() if "→" in line]
    assert fixes
    assert all(line.startswith("   → ") for line in fixes)
    wide = [line for line in _drawn(card(EXAMINATION)).splitlines() if "→" in line]
    assert all(line.startswith(" " * 26 + "→ ") for line in wide)


def test_what_is_unknown_of_the_cost_is_said() -> None:
    """An answer without usage is not free."""
    finding = replace(EXAMINATION.findings[0], spent=Cost(2, 10, 1))
    drawn = _drawn(card(replace(EXAMINATION, findings=(finding,), anatomy=None)))
    assert "spent 2 requests, 10 tokens and 1 uncounted answer" in drawn
    assert " READY   1 passed" in drawn


def test_a_bar_has_a_column_for_everything_that_happened() -> None:
    """Also for what took no time at all; what did not happen has none."""
    quick = Anatomy(stages=Stages(), headers_ms=1.0, first_event_ms=1.0, end_ms=1.0)
    bar = _drawn(list(stall_bar(quick))[1]).strip()
    assert bar.startswith("h" * 60)
    assert set(bar) == {"h", "e", "="}


def test_durations_are_short() -> None:
    """Four figures at most."""
    assert [duration(ms) for ms in (0.44, 42.2, 4200, 12_340)] == [
        "0.4 ms",
        "42 ms",
        "4,200 ms",
        "12.3 s",
    ]


def test_the_document_has_everything_and_is_flagged() -> None:
    """One JSON object, with the commands of a fix and the moments of the stream."""
    chosen = probes(deep=False)
    found = json.loads(json.dumps(document(EXAMINATION, chosen)))
    assert found["schema"] == "cab.doctor/1"
    assert (found["provisional"], found["dry_run"]) == (True, False)
    assert (found["verdict"], found["exit_code"], found["error"]) == ("NOT READY", 1, None)
    assert found["spent"] == {"requests": 3, "tokens": 1234, "uncounted_answers": 0}
    assert found["worst_case"]["tokens"] > 0
    assert [probe["outcome"] for probe in found["probes"]] == [
        "pass",
        "warn",
        "fail",
        "skipped",
        "skipped",
        "skipped",
    ]
    assert found["probes"][0]["fix"] is None
    assert found["probes"][2]["fix"].endswith("\ncurl -sS x")
    assert found["anatomy"]["longest_silence_ms"] == 2100.0
    assert document(replace(EXAMINATION, anatomy=None), chosen)["anatomy"] is None


def test_the_price_list_names_every_probe() -> None:
    """Before anything is sent: each probe's worst case, and all together."""
    chosen = probes(deep=True)
    drawn = _drawn(price_list(chosen, "https://api.example.com/v1", ""))
    assert all(probe.title in drawn for probe in chosen)
    assert "the only model @ api.example.com · nothing was sent" in drawn
    assert cost_line(chosen)[:20] in drawn
    plan = plan_document(chosen, "https://api.example.com/v1", "")
    assert (plan["dry_run"], plan["verdict"], plan["model"]) == (True, None, None)
