"""The five tools on a real workspace: what they do, what they refuse, and what is told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox.box import Limit
from cab_check.settings import AgentSettings
from tests.agent.scripted_agent import Lab, ScriptedBox, call, came_to, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.agent.episode import ToolRun
    from cab_check.endpoint.message import ToolCall
    from cab_check.workspace.place import Workspace


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Give each test a lab of its own."""
    return Lab(tmp_path)


async def only(lab: Lab, made: ToolCall) -> tuple[ToolRun, dict[str, bytes], tuple[str, ...]]:
    """Make one call and return its run, the files afterwards, and the tampering events."""
    played = await lab.play(say(None, made), say("Done."))
    return played.episode.turns[0].tool_runs[0], played.work, played.episode.tampering


async def test_read_file_shows_a_whole_short_file(lab: Lab) -> None:
    """Nothing is added to what fits."""
    lab.files = {"a.txt": "one\ntwo\x0cthree\u2028four\n"}
    run, _, _ = await only(lab, call("read_file", path="a.txt"))
    assert run.observation == "one\ntwo\x0cthree\u2028four\n"
    assert run.output == run.observation
    assert run.error is None


async def test_read_file_pages_and_says_how_to_go_on(lab: Lab) -> None:
    """A cut ends with the offset to go on at, and going on there shows the rest."""
    lines = [f"line {n} {'x' * 90}\n" for n in range(1, 251)]
    lab.files = {"a.txt": "".join(lines)}
    seen, offset = "", 1
    for _ in range(3):
        run, _, _ = await only(lab, call("read_file", path="a.txt", offset=offset))
        assert len(run.observation) <= 10_000
        seen += run.observation.partition("[lines")[0]
        _, _, rest = run.observation.partition("go on with offset ")
        offset = int(rest.rstrip("]")) if rest else 0
        lab.path /= "next"
    assert offset == 0
    assert seen == "".join(lines)


async def test_read_file_takes_offset_and_limit(lab: Lab) -> None:
    """Lines are counted from one."""
    lab.files = {"a.txt": "1\n2\n3\n4"}
    run, _, _ = await only(lab, call("read_file", path="a.txt", offset=2, limit=2))
    assert run.observation == "2\n3\n[lines 2-3 of 4; go on with offset 4]"


async def test_read_file_cuts_a_line_that_is_too_long(lab: Lab) -> None:
    """Head and tail with the count between, and the next line can be had."""
    lab.files = {"a.txt": "x" * 30_000 + "\nlast\n"}
    run, _, _ = await only(lab, call("read_file", path="a.txt"))
    assert "characters left out" in run.observation
    assert "line 1 is too long" in run.observation
    assert "go on with offset 2]" in run.observation
    assert len(run.observation) <= 10_000


async def test_read_file_says_that_a_file_is_empty(lab: Lab) -> None:
    """An empty observation would look like a fault."""
    lab.files = {"a.txt": ""}
    run, _, _ = await only(lab, call("read_file", path="a.txt"))
    assert run.observation == "[the file is empty]"


async def test_read_file_counts_invalid_utf8(lab: Lab) -> None:
    """What is no UTF-8 is replaced and counted; a replacement character of its own is not."""
    lab.files = {"a.txt": b"caf\xe9 and caf\xe9 and \xef\xbf\xbd, twice in a longer text\n"}
    run, _, _ = await only(lab, call("read_file", path="a.txt"))
    assert "caf\ufffd and caf\ufffd and \ufffd" in run.observation
    assert "[2 invalid UTF-8 bytes were replaced]" in run.observation


async def test_read_file_shows_crlf_as_lf(lab: Lab) -> None:
    """The byte order mark and CRLF line ends are not shown, and it is said."""
    lab.files = {"a.txt": b"\xef\xbb\xbfone\r\ntwo\r\n"}
    run, _, _ = await only(lab, call("read_file", path="a.txt"))
    assert run.observation.startswith("one\ntwo\n[line ends are CRLF")


REFUSED = [
    ("read_file", {"path": "missing"}, "missing", "no such file"),
    ("read_file", {"path": "src"}, "not_regular", "directory"),
    ("read_file", {"path": "nul"}, "binary", "NUL byte at offset 3"),
    ("read_file", {"path": "latin"}, "binary", "binary file"),
    ("read_file", {"path": "big"}, "too_large", "1048577"),
    ("read_file", {"path": "a", "offset": 0}, "wrong_range", "count from 1"),
    ("read_file", {"path": "a", "limit": 0}, "wrong_range", "count from 1"),
    ("read_file", {"path": "a", "offset": 9}, "wrong_range", "it has 1 lines only"),
    ("read_file", {"path": "a\0b"}, "unusable", "NUL byte"),
    ("read_file", {"path": "\ud800"}, "not_text", "lone surrogate"),
    ("read_file", {"path": "x" * 5000}, "unusable", "name too long"),
    ("read_file", {"path": "fifo"}, "not_regular", "fifo"),
    ("read_file", {"path": "a/b"}, "not_directory", "not a directory"),
    ("write_file", {"path": "src", "content": "x"}, "not_regular", "directory"),
    ("write_file", {"path": "new", "content": "a\0"}, "nul_byte", "NUL byte"),
    ("write_file", {"path": "new", "content": "\udfff"}, "not_text", "lone surrogate"),
    ("write_file", {"path": "new", "content": "é" * 524_289}, "too_large", "1,048,578 bytes"),
    ("edit_file", {"path": "a", "old_text": "", "new_text": "x"}, "no_match", "write_file"),
    ("edit_file", {"path": "a", "old_text": "A", "new_text": "A"}, "no_change", "the same"),
    ("edit_file", {"path": "a", "old_text": "Z", "new_text": "A"}, "no_match", "0 matches"),
    ("edit_file", {"path": "a", "old_text": "a", "new_text": "A"}, "no_match", "0 matches"),
    ("edit_file", {"path": "aa", "old_text": "aa", "new_text": "b"}, "ambiguous", "2 times"),
    ("edit_file", {"path": "nul", "old_text": "a", "new_text": "b"}, "binary", "NUL byte"),
    ("edit_file", {"path": "a", "old_text": "A", "new_text": "x\0"}, "nul_byte", "new_text"),
    ("edit_file", {"path": "full", "old_text": "!", "new_text": "12"}, "too_large", "1,048,577"),
    ("list_files", {"path": "a"}, "not_directory", "not a directory"),
    ("list_files", {"path": "missing"}, "missing", "no such file"),
    ("run_command", {"command": "a\0b"}, "nul_byte", "NUL byte"),
    ("run_command", {"command": "\ud800"}, "not_text", "lone surrogate"),
    ("run_command", {"command": " "}, "empty_command", "empty"),
    ("run_command", {"command": "x" * 100_001}, "too_long", "100,001 bytes"),
]


@pytest.mark.parametrize(("name", "arguments", "error", "said"), REFUSED)
async def test_what_cannot_be_done_is_told_with_its_cause(
    lab: Lab, name: str, arguments: dict[str, object], error: str, said: str
) -> None:
    """The cause is named, nothing changes, and it is no tampering."""
    files: dict[str, str | bytes] = {
        "a": "A\n",
        "aa": "aaa",
        "src/b": "B\n",
        "nul": b"abc\0",
        "latin": bytes(range(128, 256)),
        "big": b"x" * 1_048_577,
        "full": b"x" * 1_048_575 + b"!",
    }
    lab.files = dict(files)
    lab.prepare = lambda workspace: os.mkfifo(workspace.work / "fifo")
    run, work, tampering = await only(lab, call(name, **arguments))
    assert (run.error, run.command) == (error, None)
    assert run.observation.startswith("Error: ")
    assert said in run.observation
    assert tampering == ()
    assert {path: len(data) for path, data in work.items() if path != "README.md"} == {
        path: len(content) for path, content in files.items()
    }


def link(name: str, target: str) -> Callable[[Workspace], None]:
    """Put a symlink into the workspace."""
    return lambda workspace: (workspace.work / name).symlink_to(target)


@pytest.mark.parametrize(
    ("path", "prepare"),
    [
        ("../secret", lambda _: None),
        ("src/../../secret", lambda _: None),
        ("/etc/passwd", lambda _: None),
        ("link", link("link", "/etc/passwd")),
        ("link", link("link", "../secret")),
        ("link/secret", link("link", "..")),
    ],
    ids=["up", "down and up", "absolute", "absolute link", "relative link", "linked folder"],
)
@pytest.mark.parametrize("tool", ["read_file", "write_file", "edit_file", "list_files"])
async def test_leaving_the_workspace_is_an_error_and_tampering(
    lab: Lab, path: str, prepare: Callable[[Workspace], None], tool: str
) -> None:
    """Paths are resolved, symlinks included, and stay inside."""

    def secret(workspace: Workspace) -> None:
        (workspace.root / "secret").write_text("hidden")
        prepare(workspace)

    lab.prepare = secret
    lab.files = {"src/a": "A\n"}
    more = {
        "write_file": {"content": "x"},
        "edit_file": {"old_text": "hidden", "new_text": "x"},
    }.get(tool, {})
    run, _, tampering = await only(lab, call(tool, path=path, **more))
    assert run.error == "path_outside"
    assert "leads out of the workspace" in run.observation
    assert "hidden" not in run.observation
    assert tampering == (f"{tool}: {path}",)


async def test_paths_inside_are_no_tampering_however_they_are_written(lab: Lab) -> None:
    """Dots, slashes, links that stay inside and absolute paths below the workspace are fine."""
    lab.files = {"src/a": "A\n"}
    lab.prepare = link("link", "src")
    calls = [
        call("read_file", path=path) for path in ("./src/a", "src//a", "src/../src/a", "link/a")
    ]
    played = await lab.play(say(None, *calls), say("Done."))
    assert played.observations == ["A\n"] * 4
    assert played.episode.tampering == ()


async def test_write_file_creates_parents_and_says_bytes(lab: Lab) -> None:
    """Bytes, not characters."""
    run, work, _ = await only(lab, call("write_file", path="a/b/c.txt", content="é\n"))
    assert run.observation == "Wrote 3 bytes to a/b/c.txt."
    assert work["a/b/c.txt"] == "é\n".encode()


async def test_write_file_replaces_a_whole_file(lab: Lab) -> None:
    """What was there is gone."""
    _, work, _ = await only(lab, call("write_file", path="README.md", content=""))
    assert work["README.md"] == b""


async def test_edit_file_replaces_the_one_match(lab: Lab) -> None:
    """It says at which line."""
    lab.files = {"a.py": "one\ntwo\nthree\n"}
    run, work, _ = await only(lab, call("edit_file", path="a.py", old_text="two", new_text="2\n2"))
    assert run.observation == "Edited a.py: 1 match replaced at line 2."
    assert work["a.py"] == b"one\n2\n2\nthree\n"


async def test_edit_file_can_delete(lab: Lab) -> None:
    """new_text may be empty."""
    lab.files = {"a.py": "one\ntwo\n"}
    _, work, _ = await only(lab, call("edit_file", path="a.py", old_text="two\n", new_text=""))
    assert work["a.py"] == b"one\n"


async def test_list_files_is_sorted_with_marks(lab: Lab) -> None:
    """`/` after folders, other kinds named, names without surrogates."""
    lab.files = {"b": "", "a/c": "", "B": ""}

    def odd(workspace: Workspace) -> None:
        os.mkfifo(workspace.work / "fifo")
        (workspace.work / "link").symlink_to("a")
        Path(os.fsdecode(os.fsencode(workspace.work) + b"/\xff")).write_text("")

    lab.prepare = odd
    run, _, _ = await only(lab, call("list_files"))
    assert run.observation == "B\nREADME.md\na/\nb\nfifo (fifo)\nlink (symlink)\n\ufffd\n"


async def test_list_files_shows_at_most_its_limit(lab: Lab) -> None:
    """The rest is counted."""
    lab.settings = AgentSettings(list_limit=3)
    lab.files = {f"src/{n}": "" for n in range(5)}
    run, _, _ = await only(lab, call("list_files", path="src"))
    assert run.observation == "0\n1\n2\n[the first 3 of 5 entries]"


async def test_list_files_says_that_a_folder_is_empty(lab: Lab) -> None:
    """An empty observation would look like a fault."""
    lab.prepare = lambda workspace: (workspace.work / "empty").mkdir()
    run, _, _ = await only(lab, call("list_files", path="empty"))
    assert run.observation == "[the folder is empty]\n"


async def test_run_command_hands_a_fresh_shell_to_the_box(lab: Lab) -> None:
    """The box gets the shell, the line, and the limit; the run keeps the line and its exit code."""
    lab.box = ScriptedBox([came_to(b"1 failed\n", exit_code=1)])
    lab.settings = AgentSettings(command_limit_s=7)
    run, _, _ = await only(lab, call("run_command", command="pytest -q"))
    assert lab.box.commands[0][1:] == ("-c", "pytest -q")
    assert lab.box.commands[0][0] in {"bash", "sh"}
    assert lab.box.limits == [7]
    assert (run.command, run.exit_code, run.error) == ("pytest -q", 1, None)
    assert run.observation == "[exit code 1]\n1 failed\n"


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (Limit.TIME, "[ended after 60 s, the time limit; exit code 137]"),
        (Limit.OUTPUT, "[ended by the limit on output; exit code 137]"),
    ],
)
async def test_run_command_says_which_limit_ended_it(lab: Lab, limit: Limit, said: str) -> None:
    """What came until then is shown."""
    lab.box = ScriptedBox([came_to(b"", exit_code=137, stopped_by=limit)])
    run, _, _ = await only(lab, call("run_command", command="yes"))
    assert run.observation == f"{said}\n[no output]\n"


async def test_run_command_cuts_once_and_keeps_more_for_the_record(lab: Lab) -> None:
    """10,000 characters for the model, up to 1 MiB for the record, one count between."""
    lab.box = ScriptedBox([came_to(b"a" * 20_000 + b"\xff" + b"b" * 20_001, elided=77)])
    run, _, _ = await only(lab, call("run_command", command="yes"))
    assert len(run.observation) <= 10_000
    assert run.observation.count("left out") == 1
    assert "characters and 77 bytes left out" in run.observation
    assert run.observation.startswith("[exit code 0]\naaa")
    assert run.observation.endswith("bbb\n[1 invalid UTF-8 bytes were replaced]")
    middle = "\ufffd\n[… 77 bytes left out …]\nb"
    assert run.output == "[exit code 0]\n" + "a" * 20_000 + middle + "b" * 20_000


@pytest.mark.parametrize("size", range(40, 56))
async def test_a_character_cut_in_two_is_no_invalid_utf8(lab: Lab, size: int) -> None:
    """Wherever the box cut the output, only what the command itself wrote wrong is counted."""
    whole = ("x" + "é漢😀" * 40).encode()
    kept = whole[: (size + 1) // 2] + whole[len(whole) - size // 2 :]
    lab.box = ScriptedBox([came_to(kept, elided=len(whole) - size)])
    run, _, _ = await only(lab, call("run_command", command="cat"))
    assert "invalid" not in run.observation
    assert "\ufffd" not in run.output
    assert f"[… {len(whole) - size} bytes left out …]" in run.output


async def test_the_record_has_its_own_limit(lab: Lab) -> None:
    """The record is cut as well, only later."""
    lab.settings = AgentSettings(record_bytes=20_000)
    lab.box = ScriptedBox([came_to(b"a" * 30_000)])
    run, _, _ = await only(lab, call("run_command", command="yes"))
    assert 19_900 < len(run.output) <= 20_000
