"""The examination as a whole: what runs after what, what is left out, and how it ends."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cab_check.demo import serve
from cab_check.doctor import questions
from cab_check.doctor.asking import TOOLS
from cab_check.doctor.catalogue import probes
from cab_check.doctor.examination import Readiness
from cab_check.doctor.finding import NOTHING, Cost, Mark, failed, passed, warned
from cab_check.doctor.oddities import told_by
from cab_check.doctor.probe import Probe, priced
from cab_check.endpoint.faults import FaultKind, retried
from cab_check.endpoint.ledger import Oddity
from cab_check.errors import ExitCode
from tests.doctor.ward import KEY, MODEL, examined, findings, settings, worst_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cab_check.doctor.asking import Asking
    from cab_check.doctor.finding import Seen

NOWHERE = "http://127.0.0.1:9/v1"


async def test_the_embedded_endpoint_is_ready_without_a_finding() -> None:
    """Nothing is found where nothing is wrong; what was spent was foretold."""
    async with serve(key=KEY) as server:
        examination = await examined(settings(server.url))
    assert findings(examination) == {}
    assert examination.readiness is Readiness.READY
    assert examination.exit_code is ExitCode.PASSED
    left_out = [found.name for found in examination.findings if found.mark is Mark.SKIPPED]
    assert left_out == ["context-overflow"]
    usual = sum((probe.usual for probe in probes(deep=False)), NOTHING)
    assert examination.spent.requests == usual.requests
    assert 0 < examination.spent.tokens <= usual.tokens <= worst_of(probes(deep=False)).tokens
    assert examination.anatomy is not None
    assert examination.anatomy.first_content_ms is not None


@pytest.mark.parametrize("answer", [b"", None], ids=["closes", "is-silent"])
async def test_a_listener_that_says_nothing_is_not_called_reachable(answer: bytes | None) -> None:
    """A connection is no answer: what GET /models came to is told."""

    async def serve_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read(65536 if answer is not None else -1)
        writer.close()

    async with await asyncio.start_server(serve_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        used = settings(f"http://127.0.0.1:{port}/v1", patience_s=0.3, attempts=1)
        examination = await examined(used, _only("reach"))
    (found,) = examination.findings
    assert found.mark is Mark.WARN
    assert "HTTP: GET /models: " in found.seen.evidence
    assert found.seen.fix


async def test_the_same_advice_is_given_once() -> None:
    """A retry's entry and the fault after it say the same."""
    async with serve(quirks=["stream-always-cut"], grace_s=0) as server:
        examination = await examined(settings(server.url))
    fixes = [found.seen.fix.partition("\n")[0].split("; ") for found in examination.findings]
    assert any(len(fix) > 1 or fix[0] for fix in fixes)
    assert all(len(set(fix)) == len(fix) for fix in fixes)


async def test_a_stand_in_is_examined_under_any_name() -> None:
    """Whoever plays every model does what a check asks, and answers to a model that cannot be."""
    async with serve(key=KEY, actor="oracle") as server:
        examination = await examined(settings(server.url, model="vendor/model-7b"))
    assert findings(examination) == {"model": "warn", "unknown-model": "warn"}
    told = {found.name: found.seen.evidence for found in examination.findings}
    assert "names without vendor/model-7b" in told["model"]
    assert "another-model-answered" not in told["model"]


async def test_a_wrong_key_is_tried_where_there_is_a_list_to_ask_for() -> None:
    """With a key of its own, the server refuses any other; without, that is only a note."""
    async with serve(key=KEY) as server:
        strict = await examined(settings(server.url), _only("reach", "plain-turn", "auth"))
    async with serve() as server:
        lax = await examined(settings(server.url), _only("reach", "plain-turn", "auth"))
        keyless = await examined(settings(server.url, key=""), _only("reach", "plain-turn", "auth"))
    said = [found.findings[-1].seen for found in (strict, lax, keyless)]
    assert [seen.mark for seen in said] == [Mark.PASS] * 3
    assert "a wrong one is refused" in said[0].evidence
    assert "a wrong one may list the models" in said[1].evidence
    assert said[2].evidence == "answered without a key"


def _only(*names: str) -> tuple[Probe, ...]:
    """Return some probes, as if the others did not exist."""
    known = {probe.name: probe for probe in probes(deep=False)}
    return tuple(
        replace(
            known[name],
            needs=tuple(need for need in known[name].needs if need in names),
            any_of=tuple(one for one in known[name].any_of if one in names),
            after=tuple(before for before in known[name].after if before in names),
        )
        for name in names
    )


async def test_an_endpoint_that_nobody_answers_at_is_unreachable() -> None:
    """The first stage fails, everything else waits in vain, and the exit code is 3."""
    examination = await examined(settings(NOWHERE))
    assert findings(examination) == {"reach": "fail"}
    assert examination.exit_code is ExitCode.ENDPOINT
    assert all(found.seen.blocked for found in examination.findings[1:])
    assert examination.spent == Cost(requests=1)


async def test_a_refused_key_and_an_unknown_model_have_exit_codes_of_their_own() -> None:
    """4 for the key, 2 for the name; neither is charged to the turns."""
    async with serve(key="another-key-altogether") as server:
        keyed = await examined(settings(server.url))
    async with serve() as server:
        named = await examined(settings(server.url, model="nobody"))
    assert (findings(keyed), keyed.exit_code) == ({"auth": "fail"}, ExitCode.AUTH)
    assert (findings(named), named.exit_code) == ({"model": "fail"}, ExitCode.USAGE)


async def test_without_streams_nothing_is_streamed() -> None:
    """--no-stream leaves the probes of streams out, and the others still find what they want."""
    async with serve() as server:
        examination = await examined(settings(server.url, stream=False))
    assert findings(examination) == {}
    left_out = {found.name for found in examination.findings if found.mark is Mark.SKIPPED}
    assert left_out == {
        "streaming",
        "stream-usage",
        "stream-and-plain",
        "pace",
        "context-overflow",
    }


async def test_deep_asks_beyond_the_context() -> None:
    """The embedded endpoint takes any length: the context ends later, and that is told."""
    async with serve() as server:
        examination = await examined(
            settings(server.url),
            [
                probe
                if probe.name != "context-overflow"
                else replace(probe, any_of=("plain-turn",), after=())
                for probe in probes(deep=True)
                if probe.name in {"reach", "plain-turn", "context-overflow"}
            ],
        )
    last = {found.name: found for found in examination.findings}["context-overflow"]
    assert last.mark is Mark.PASS
    assert "the context ends later" in last.seen.evidence
    assert last.spent.tokens < 600_000


# how probes are run, with probes that ask nothing


def _probe(
    name: str, run: Callable[[Asking], Awaitable[Seen]], *after: str, needs: tuple[str, ...] = ()
) -> Probe:
    return Probe(name=name, title=name, run=run, after=after, needs=needs)


async def _well(_asking: Asking) -> Seen:
    return passed("well")


async def _ill(_asking: Asking) -> Seen:
    return failed("ill", "mend it")


async def test_probes_that_do_not_wait_for_each_other_run_at_the_same_time() -> None:
    """Each of two ends only when the other has begun."""
    begun = (asyncio.Event(), asyncio.Event())

    async def one(_asking: Asking) -> Seen:
        begun[0].set()
        await begun[1].wait()
        return passed("one")

    async def other(_asking: Asking) -> Seen:
        begun[1].set()
        await begun[0].wait()
        return passed("other")

    async with asyncio.timeout(10):
        examination = await examined(settings(NOWHERE), [_probe("1", one), _probe("2", other)])
    assert examination.readiness is Readiness.READY


async def test_probes_run_one_by_one_where_the_endpoint_takes_no_more() -> None:
    """Once the chart says so, no two probes are under way together."""
    under_way: list[str] = []
    most = 0

    async def first(asking: Asking) -> Seen:
        asking.chart.one_by_one = True
        return passed("one at a time")

    async def later(asking: Asking) -> Seen:
        nonlocal most
        under_way.append(asking.probe)
        most = max(most, len(under_way))
        await asyncio.sleep(0)
        under_way.remove(asking.probe)
        return passed("well")

    names = ("a", "b", "c")
    await examined(
        settings(NOWHERE),
        [_probe("first", first), *(_probe(name, later, "first") for name in names)],
    )
    assert most == 1


async def test_a_probe_whose_need_failed_is_left_out_and_one_that_only_comes_after_is_not() -> None:
    """Only `needs` blocks, and it goes on blocking down the line."""
    examination = await examined(
        settings(NOWHERE),
        [
            _probe("ill", _ill),
            _probe("needy", _well, needs=("ill",)),
            _probe("needier", _well, needs=("needy",)),
            _probe("later", _well, "ill"),
        ],
    )
    marks = {found.name: found.mark.value for found in examination.findings}
    assert marks == {"ill": "fail", "needy": "skipped", "needier": "skipped", "later": "pass"}
    told = {found.name: found.seen.evidence for found in examination.findings}
    assert told["needy"] == "needs ill, which did not work"
    assert told["needier"] == "needs needy, which was left out"


async def test_one_of_several_ways_is_enough() -> None:
    """`any_of` blocks only when none of them worked."""
    examination = await examined(
        settings(NOWHERE),
        [
            _probe("ill", _ill),
            _probe("well", _well),
            replace(_probe("one way", _well), any_of=("ill", "well")),
            replace(_probe("no way", _well), any_of=("ill",)),
        ],
    )
    marks = [found.mark for found in examination.findings]
    assert marks == [Mark.FAIL, Mark.PASS, Mark.PASS, Mark.SKIPPED]


@pytest.mark.parametrize(
    ("runs", "readiness", "code"),
    [
        ([_well], Readiness.READY, ExitCode.PASSED),
        ([_well, _ill], Readiness.NOT_READY, ExitCode.FAILED),
    ],
    ids=["ready", "not ready"],
)
async def test_readiness_follows_from_the_worst_finding(
    runs: list[Callable[[Asking], Awaitable[Seen]]], readiness: Readiness, code: ExitCode
) -> None:
    """A failure is exit code 1 when the endpoint was reached."""
    chosen = [_probe(str(number), run) for number, run in enumerate(runs)]
    examination = await examined(settings(NOWHERE), chosen)
    assert (examination.readiness, examination.exit_code) == (readiness, code)


async def test_a_bug_in_a_probe_is_shown_as_itself() -> None:
    """Not as a group of one, so that the report names it."""

    async def breaks(_asking: Asking) -> Seen:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        await examined(settings(NOWHERE), [_probe("broken", breaks), _probe("well", _well)])


async def test_an_oddity_is_told_once_by_the_probe_that_it_belongs_to() -> None:
    """Met by two probes, it is the one's warning, with the advice as its fix."""

    async def meets(asking: Asking) -> Seen:
        asking.note("usage-missing", "send usage")
        asking.note("of-nobody", "mend that")
        return passed("well")

    async def grumbles(_asking: Asking) -> Seen:
        return warned("grumbling", "be quiet")

    examination = await examined(
        settings(NOWHERE),
        [_probe("early", meets), _probe("late", meets, "early"), _probe("usage", grumbles)],
    )
    early, late, usage = (found.seen for found in examination.findings)
    assert (early.mark, early.evidence, early.fix) == (Mark.WARN, "well · of-nobody", "mend that")
    assert late.mark is Mark.PASS
    assert usage.evidence == "grumbling · usage-missing"
    assert usage.fix == "send usage; be quiet"
    assert examination.readiness is Readiness.LIMITED
    assert examination.exit_code is ExitCode.PASSED


def test_every_home_is_a_probe_and_every_wait_is_for_one() -> None:
    """No oddity is told by nobody, and no probe waits for what never runs."""
    chosen = probes(deep=False)
    names = [probe.name for probe in chosen]
    assert len(set(names)) == len(names)
    assert {told_by(entry, names[0]) for entry in Oddity} <= set(names)
    for probe in chosen:
        assert {*probe.needs, *probe.any_of, *probe.after} <= set(names) - {probe.name}


def test_what_too_long_a_question_comes_to_is_told_by_its_own_probe() -> None:
    """A stall after more than there can be says nothing of the endpoint's streams."""
    stall = retried(FaultKind.FIRST_EVENT_TIMEOUT)
    assert told_by(stall, "tool-call") == "streaming"
    assert told_by(stall, "context-overflow") == "context-overflow"
    assert told_by("anything-else", "pace") == "pace"


def test_a_question_costs_at_least_what_is_sent() -> None:
    """The price counts prompt, tools and reply; the user's own limit of a reply counts too."""
    bare = priced(questions.repeat("READY"), 64, tools=False)
    tooled = priced(questions.repeat("READY"), 64)
    declared = json.dumps([dict(tool.parameters) for tool in TOOLS])
    assert tooled.tokens - bare.tokens > len(declared) / 4
    few, many = (worst_of(probes(deep=False, max_tokens=limit)) for limit in (100, 10_000))
    assert few.tokens < many.tokens
    assert few.requests == many.requests


def test_the_questions_are_the_agents_own() -> None:
    """Every question begins with the agent's system prompt, and the large result is 30 KB."""
    assert questions.one_call()[0].text.startswith("You are a coding agent")  # type: ignore[union-attr]
    result = questions.large_result()[-1].text or ""
    assert 29_000 < len(result.encode()) < 31_000
    assert result.endswith(questions.LAST_LINE)
    assert MODEL not in result
