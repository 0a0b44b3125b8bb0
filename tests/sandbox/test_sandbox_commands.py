"""What a command gets, and what is told of it."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0


async def test_output_and_exit_code_are_told(box: Box) -> None:
    """A command's words and its exit code come back."""
    result = await box.run(("sh", "-c", "echo hello; exit 3"), LIMIT_S)
    assert (result.exit_code, result.stdout, result.stderr) == (3, b"hello\n", b"")
    assert result.stopped_by is None
    assert result.elided_bytes == 0
    assert result.duration_ms > 0


async def test_streams_are_merged_in_their_order(box: Box) -> None:
    """Merged, both streams are one text in the order of writing."""
    result = await box.run(("sh", "-c", "echo a; echo b >&2; echo c"), LIMIT_S)
    assert (result.stdout, result.stderr) == (b"a\nb\nc\n", b"")


async def test_streams_can_be_kept_apart(box: Box) -> None:
    """Apart, each stream holds its own."""
    result = await box.run(("sh", "-c", "echo a; echo b >&2; echo c"), LIMIT_S, merge=False)
    assert (result.stdout, result.stderr) == (b"a\nc\n", b"b\n")


@pytest.mark.parametrize("number", [1, 2, 9, 11, 15])
async def test_a_signal_is_128_and_its_number(box: Box, number: int) -> None:
    """A command that a signal ended has the exit code that a shell would give it."""
    result = await box.run(("sh", "-c", f"kill -{number} $$"), LIMIT_S)
    assert result.exit_code == 128 + number
    assert result.stopped_by is None


async def test_an_unknown_program_is_127(box: Box) -> None:
    """A program that is nowhere on PATH is named, and 127."""
    result = await box.run(("no-such-program", "x"), LIMIT_S)
    assert (result.exit_code, result.stdout) == (127, b"no-such-program: command not found\n")


async def test_a_file_that_cannot_be_executed_is_126(box: Box, tmp_path: Path) -> None:
    """A file without the right to execute is 126, with the reason."""
    (tmp_path / "plain").write_text("text")
    result = await box.run((str(tmp_path / "plain"),), LIMIT_S)
    assert result.exit_code == 126
    assert b"Permission denied" in result.stdout


@pytest.mark.parametrize("argument", ["a\0b", "x" * 3_000_000], ids=["nul-byte", "too-long"])
async def test_an_impossible_argument_is_126_and_harms_nothing(box: Box, argument: str) -> None:
    """Arguments that no program can be given are refused in words, and the box goes on."""
    result = await box.run(("echo", argument), LIMIT_S)
    assert result.exit_code == 126
    assert result.stdout.startswith(b"echo: ")
    assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"


async def test_a_long_argument_arrives_whole(box: Box) -> None:
    """An order larger than the socket's buffer gets through."""
    words = tuple(f"{number:0100000d}" for number in range(10))
    result = await box.run(("printf", "%s", *words), LIMIT_S, keep_bytes=2_000_000)
    assert result.stdout == "".join(words).encode()


async def test_bytes_that_are_no_utf8_pass_both_ways(box: Box) -> None:
    """Arguments and output are bytes; nothing is decoded on the way."""
    argument = os.fsdecode(b"\xff\xfe\x00"[:2])
    assert (await box.run(("printf", "%s", argument), LIMIT_S)).stdout == b"\xff\xfe"
    assert (await box.run(("printf", r"\200\0\377"), LIMIT_S)).stdout == b"\x80\x00\xff"


async def test_standard_input_is_at_its_end(box: Box) -> None:
    """A command that reads gets nothing, at once."""
    assert (await box.run(("sh", "-c", "cat; echo done"), LIMIT_S)).stdout == b"done\n"


async def test_there_is_no_terminal(box: Box) -> None:
    """A command has a session of its own, without a terminal to type into."""
    script = "[ $(ps -o sid= -p $$) -eq $$ ] && ! true 2>/dev/null </dev/tty && echo none"
    assert (await box.run(("sh", "-c", script), LIMIT_S)).stdout == b"none\n"


async def test_no_descriptor_of_ours_is_open(box: Box) -> None:
    """Nothing but the three standard descriptors reaches a command, whatever the host has open."""
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)  # as a careless library would
    try:
        result = await box.run(
            ("python3", "-I", "-c", "import os; print(sorted(os.listdir('/dev/fd')))"), LIMIT_S
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert result.stdout == b"['0', '1', '2', '3']\n"  # 3 is the listing itself


async def test_signals_work_as_usual(box: Box) -> None:
    """A pipe whose reader has gone ends the writer: nothing is left ignored."""
    result = await box.run(("sh", "-c", "yes | head -n 1; kill -l >/dev/null; echo ok"), LIMIT_S)
    assert result.stdout == b"y\nok\n"
    script = (
        "import signal as s; print(sorted(n.name for n in s.Signals"
        " if s.getsignal(n) is s.SIG_IGN))"
    )
    ignored = await box.run(("python3", "-I", "-c", script), LIMIT_S)
    assert ignored.stdout == b"['SIGPIPE', 'SIGXFSZ']\n"  # which that python itself ignores


async def test_commands_run_in_the_working_directory(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """Files appear where the box's spec says."""
    spec = make_spec()
    async with open_box(spec, plan=plan) as box:
        await box.run(("touch", "here"), LIMIT_S)
    assert (spec.cwd / "here").exists()


async def test_a_missing_working_directory_is_told(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """A command that removed its own directory is not the end of the box."""
    spec = make_spec()
    async with open_box(spec, plan=plan) as box:
        await box.run(("rmdir", str(spec.cwd)), LIMIT_S)
        result = await box.run(("true",), LIMIT_S)
    assert result.exit_code == 126
    assert b"cannot start a command in" in result.stdout
    assert b"No such file or directory" in result.stdout


async def test_an_empty_command_is_a_mistake_of_ours(box: Box) -> None:
    """Nothing to run is no command."""
    with pytest.raises(ValueError, match="program's name"):
        await box.run((), LIMIT_S)


async def test_what_is_left_in_tmp_is_there_for_the_next(box: Box) -> None:
    """TMPDIR and HOME are the box's own, and stay from one command to the next."""
    await box.run(("sh", "-c", 'echo t > "$TMPDIR/x"; echo h > ~/x'), LIMIT_S)
    assert (await box.run(("sh", "-c", 'cat "$TMPDIR/x" ~/x'), LIMIT_S)).stdout == b"t\nh\n"


async def test_one_command_at_a_time(box: Box) -> None:
    """Two commands asked for at once run one after the other."""
    script = "mkdir lock && sleep 0.05 && rmdir lock"
    results = await asyncio.gather(*(box.run(("sh", "-c", script), LIMIT_S) for _ in range(4)))
    assert [result.exit_code for result in results] == [0, 0, 0, 0]


async def test_many_boxes_at_once(make_spec: Callable[..., BoxSpec], plan: LaunchPlan) -> None:
    """Boxes do not wait for each other: each needs the others to come to an end."""
    specs = [make_spec() for _ in range(8)]
    meeting = specs[0].root
    script = (
        f"touch {meeting}/$1; until [ $(ls {meeting} | grep -c ^m) -eq 8 ]; do sleep 0.02; done"
    )

    async def one(number: int) -> int:
        async with open_box(specs[number], plan=plan) as box:
            return (await box.run(("sh", "-c", script, "sh", f"m{number}"), LIMIT_S)).exit_code

    assert await asyncio.gather(*(one(number) for number in range(8))) == [0] * 8


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own flag is asked for")
async def test_set_id_programs_gain_nothing(box: Box) -> None:
    """The flag that disarms set-id programs is on."""
    result = await box.run(("grep", "NoNewPrivs", "/proc/self/status"), LIMIT_S)
    assert result.stdout.split() == [b"NoNewPrivs:", b"1"]
