"""Run directories: made, listed, found and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.message import Message, Reasoning, Role, ToolCall
from cab_check.errors import UsageError
from cab_check.record import record_from_json
from cab_check.secrets import Redactor
from cab_check.settings import Isolation
from cab_check.store import RunDir, Store
from cab_check.store.files import json_bytes
from cab_check.store.messages import messages_from_json, messages_to_json

RUNS = Path(__file__).parents[1] / "data" / "runs"
RECORD = record_from_json(json.loads((RUNS / "passed.json").read_text(encoding="utf-8")))
TRACE = (RUNS / "trace.jsonl").read_bytes()
NOON = datetime(2026, 11, 23, 18, 12, 3, 245478, tzinfo=UTC)
TASK = "integrity/ambiguous-ticket"
MESSAGES = (
    Message(role=Role.SYSTEM, text="be brief"),
    Message(role=Role.USER, text="make it faster"),
    Message(
        role=Role.ASSISTANT,
        text=None,
        reasoning=(Reasoning("reasoning_content", "hm"), Reasoning("details", [{"a": 1.5}])),
        tool_calls=(ToolCall("call_1", "read_file", '{"path": "broken'),),
    ),
    Message(role=Role.TOOL, text="not run", call_id="call_1"),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give a store whose directory is not there yet."""
    return Store(tmp_path / "state")


def kept(store: Store, moment: datetime = NOON, task: str = TASK) -> RunDir:
    """Keep a run whole, as a cell does."""
    run_dir = store.create(task, moment)
    run_dir.trace_path.write_bytes(TRACE)
    run_dir.write_messages(MESSAGES)
    run_dir.write_patch("--- a/x\n+++ b/x\n")
    run_dir.write_record(RECORD)
    return run_dir


def test_a_run_reads_back_whole(store: Store) -> None:
    """What was written comes back: record, spans in their order, messages, patch."""
    run_dir = kept(store)
    run = store.read(run_dir)
    assert run.record == RECORD
    assert run.messages == MESSAGES
    assert run.patch == "--- a/x\n+++ b/x\n"
    assert (run.directory, run.notes) == (run_dir.path, ())
    names = ["prepare", "cab", "turn 1", "run_command", "verify"]
    assert [span.name.partition(":")[0] for span in run.spans] == names


def test_names(store: Store) -> None:
    """A run is named by its UTC minute, its task and the millisecond of that minute."""
    there = NOON.astimezone(timezone(timedelta(hours=-9)))
    assert store.create(TASK, there).name == "20261123-1812-ambiguous-ticket-0cad"


def test_names_are_unique(store: Store) -> None:
    """Two runs of the very same moment do not share a directory."""
    names = [store.create(TASK, NOON).name[-4:] for _ in range(3)]
    assert names == ["0cad", "0cae", "0caf"]


@pytest.mark.parametrize(
    ("task", "short"),
    [
        ("/home/me/My Task", "my-task"),
        ("preview/" + "x" * 90, "x" * 40),
        ("preview/../..", "task"),
        ("a/\u202e\n", "task"),
    ],
    ids=["path", "long", "dots", "controls"],
)
def test_any_task_makes_a_plain_name(store: Store, task: str, short: str) -> None:
    """Whatever a task is called, its run's directory has a plain, short name inside the store."""
    run_dir = store.create(task, NOON)
    assert run_dir.name == f"20261123-1812-{short}-0cad"
    assert run_dir.path.parent == store.folder


def test_private(store: Store) -> None:
    """Nobody else can look into a run."""
    run_dir = kept(store)
    modes = {path: path.stat().st_mode & 0o777 for path in (run_dir.path, store.folder)}
    assert set(modes.values()) == {0o700}
    written = (run_dir.record_path, run_dir.messages_path, run_dir.patch_path)
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}


def test_nothing_is_made_by_looking(store: Store, tmp_path: Path) -> None:
    """A store that is only looked at makes no directory."""
    assert store.runs() == ()
    assert list(tmp_path.iterdir()) == []


def test_newest_first(store: Store) -> None:
    """Runs are listed by when they began, to the millisecond, whatever their tasks are called."""
    moments = [NOON + timedelta(milliseconds=step) for step in (0, 1, 700, 61_000)]
    tasks = ["x/zebra", "x/ant", "x/moth", "x/bee"]
    made = [store.create(task, moment) for task, moment in zip(tasks, moments, strict=True)]
    foreign = store.folder / "my-own-copy"
    foreign.mkdir()
    (store.folder / "a file").write_text("not a run", encoding="utf-8")
    names = [run.name for run in store.runs()]
    assert names == [*(run.name for run in reversed(made)), "my-own-copy"]


def test_incomplete_runs_are_listed_as_such(store: Store) -> None:
    """A directory without a record is there and says that it was cut off."""
    whole = kept(store)
    cut = store.create(TASK, NOON + timedelta(minutes=1))
    assert [(run.name, run.complete) for run in store.runs()] == [
        (cut.name, False),
        (whole.name, True),
    ]


def test_latest_is_the_newest_with_a_record(store: Store) -> None:
    """Without a name, the newest run that can be shown is meant."""
    kept(store)
    whole = kept(store, NOON + timedelta(minutes=1))
    store.create(TASK, NOON + timedelta(minutes=2))
    assert store.find(None) == store.find("latest") == whole


def test_latest_of_incomplete_ones(store: Store) -> None:
    """Where no run has a record the newest is meant, and reading it says what is the matter."""
    cut = store.create(TASK, NOON)
    found = store.find(None)
    assert found == cut
    with pytest.raises(UsageError, match="has no record: it was cut off") as caught:
        store.read(found)
    assert "trace.jsonl" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["20261123-1812-ambiguous-ticket-0cad", "20261123-1812", "ambiguous", "0cad"]
)
def test_found_by_name_beginning_or_part(store: Store, text: str) -> None:
    """A run is found by its name, by its beginning, or by a part that only it has."""
    run_dir = kept(store)
    kept(store, NOON + timedelta(days=1, seconds=1), "mutations/python-comparator-swap")
    assert store.find(text) == run_dir


def test_found_by_path(store: Store, tmp_path: Path) -> None:
    """A path to a run's directory is taken as it is, wherever that lies."""
    elsewhere = tmp_path / "elsewhere" / "copy"
    elsewhere.parent.mkdir()
    kept(store).path.rename(elsewhere)
    found = store.find(str(elsewhere))
    assert store.read(found).record == RECORD


def test_a_whole_name_beats_a_beginning(store: Store) -> None:
    """A name that begins another one is still found."""
    short = RunDir(store.create(TASK, NOON).path, Redactor())
    (store.folder / f"{short.name}-copy").mkdir()
    assert store.find(short.name).path == short.path


def test_several_matches_are_named(store: Store) -> None:
    """A text that fits several runs is an error that lists them, the newest first."""
    for step in range(7):
        kept(store, NOON + timedelta(minutes=step))
    with pytest.raises(UsageError) as caught:
        store.find("ambiguous")
    assert caught.value.message.startswith("7 runs match 'ambiguous': 20261123-1818-ambiguous-")
    assert caught.value.message.endswith(", …")


def test_the_nearest_are_named(store: Store) -> None:
    """A mistyped name is an error that names the nearest."""
    run_dir = kept(store)
    with pytest.raises(UsageError) as caught:
        store.find("20261123-1812-ambigous-tiket")
    assert caught.value.hint == f"the nearest: {run_dir.name}"


def test_nothing_near_names_the_newest(store: Store) -> None:
    """A text like no name is an error that names the newest."""
    run_dir = kept(store)
    with pytest.raises(UsageError) as caught:
        store.find("?")
    assert caught.value.hint == f"the newest: {run_dir.name}"


@pytest.mark.parametrize("text", [None, "latest", "something"])
def test_an_empty_store_says_how_to_fill_it(store: Store, text: str | None) -> None:
    """Where nothing is kept, the hint is the command that keeps something."""
    with pytest.raises(UsageError) as caught:
        store.find(text)
    assert "cab demo" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is no JSON"),
        (b'{"schema": "cab.run/1", "prov', "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "must be an object"),
        (b'{"schema": "cab.run/2"}', "this cab reads cab.run/1"),
    ],
    ids=["empty", "cut", "no text", "endlessly nested", "list", "newer"],
)
def test_damaged_record(store: Store, content: bytes, what: str) -> None:
    """A record that cannot be read is an error that says why."""
    run_dir = kept(store)
    run_dir.record_path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        store.read(run_dir)
    assert what in caught.value.message


def test_record_that_is_no_file(store: Store) -> None:
    """A directory where the record should be is an error, no crash."""
    run_dir = store.create(TASK, NOON)
    run_dir.record_path.mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        store.read(run_dir)


def test_what_is_missing_is_said(store: Store) -> None:
    """With the record alone a run can be shown, and says what is not there."""
    run_dir = store.create(TASK, NOON)
    run_dir.write_record(RECORD)
    run_dir.messages_path.write_bytes(b'{"schema": "cab.mess')
    run_dir.patch_path.mkdir()
    run = store.read(run_dir)
    assert (run.spans, run.messages, run.patch) == ((), (), None)
    assert run.notes == (
        "trace.jsonl is missing",
        "messages.json is damaged and was skipped",
        "changes.patch cannot be read: Is a directory",
    )


def test_messages_of_another_version(store: Store) -> None:
    """Messages that a newer cab wrote are skipped and said."""
    run_dir = kept(store)
    run_dir.messages_path.write_bytes(b'{"schema": "cab.messages/2", "messages": []}')
    assert store.read(run_dir).notes == ("messages.json is damaged and was skipped",)


def test_an_unscored_cell_is_kept_too(store: Store) -> None:
    """A record without axes goes through the redactor and comes back."""
    text = (RUNS / "not_scored.json").read_text(encoding="utf-8")
    record = record_from_json(json.loads(text))
    run_dir = store.create(TASK, NOON)
    run_dir.write_record(record)
    assert store.read(run_dir).record == record


SECRET = "sk-very-secret-0001"


def test_no_secret_is_kept(tmp_path: Path) -> None:
    """A key that found its way into any part of a run is in none of its files."""
    store = Store(tmp_path, redactor=Redactor([SECRET]))
    run_dir = store.create(TASK, NOON)
    run_dir.write_record(replace(RECORD, stop_detail=f"said {SECRET}"))
    run_dir.write_messages((Message(role=Role.USER, text=f"key {SECRET}"),))
    run_dir.write_patch(f"+key = {SECRET}\n")
    everything = b"".join(path.read_bytes() for path in run_dir.path.iterdir())
    assert SECRET.encode() not in everything
    assert everything.count(b"[redacted]") == 3


@pytest.mark.parametrize(
    "key",
    [
        "namespaces", "scored", "finished", "usage", "cab", "cab.run/1", "true", "user",
        "cab embedded agent",
    ],
)  # fmt: skip
def test_a_key_that_is_one_of_our_words(tmp_path: Path, key: str) -> None:
    """A key spelled like a word of the record's own makes no record unreadable."""
    store = Store(tmp_path, redactor=Redactor([key]))
    run_dir = store.create(TASK, NOON)
    run_dir.write_record(replace(RECORD, stop_detail=key))
    run_dir.write_messages(MESSAGES)
    run = store.read(run_dir)
    assert run.record.stop_detail == "[redacted]"
    assert [message.role for message in run.messages] == [m.role for m in MESSAGES]
    assert run.record.isolation is not None
    assert run.record.isolation.receipt.level is Isolation.NAMESPACES


def test_a_patch_of_any_bytes(store: Store) -> None:
    """Bytes that are no UTF-8 go back to what they were; a stray surrogate does no harm."""
    run_dir = kept(store)
    patch = b"+caf\xe9 \xf0\x9f\x98\x80\n".decode("utf-8", "surrogateescape")
    run_dir.write_patch(patch)
    assert run_dir.patch_path.read_bytes() == b"+caf\xe9 \xf0\x9f\x98\x80\n"
    assert store.read(run_dir).patch == patch
    run_dir.write_patch("+\ud83d\n")
    assert store.read(run_dir).patch is not None


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
any_text = st.text(st.characters(codec=None))  # lone surrogates too
messages = st.builds(
    Message,
    role=st.sampled_from(Role),
    text=st.none() | any_text,
    reasoning=st.lists(st.builds(Reasoning, any_text, anything), max_size=2).map(tuple),
    tool_calls=st.lists(st.builds(ToolCall, any_text, any_text, any_text), max_size=2).map(tuple),
    call_id=st.none() | any_text,
)


@given(st.lists(messages, max_size=3).map(tuple))
def test_messages_round_trip(said: tuple[Message, ...]) -> None:
    """Whatever a model sent, its messages come back as any JSON reader would have them."""
    written = messages_to_json(said, Redactor())
    again = messages_from_json(json.loads(json_bytes(written).decode("utf-8")))
    # two halves of a letter that stand side by side are one letter to every reader of JSON
    assert messages_to_json(again, Redactor()) == json.loads(json.dumps(written))


def test_numbers_that_json_has_not() -> None:
    """A number that is not finite is written as null: the file stays JSON for everybody."""
    nested = {"a": [float("nan"), 1.5, (float("inf"), "Infinity")]}
    assert json.loads(json_bytes(nested)) == {"a": [None, 1.5, [None, "Infinity"]]}
