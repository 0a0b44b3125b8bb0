"""What host and launcher say to each other, and what is read of the machine's processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.sandbox.inside import processes
from cab_check.sandbox.inside.orders import (
    Close,
    Closed,
    Order,
    Ready,
    Report,
    Setup,
    Stop,
    decode,
    encode,
)

if TYPE_CHECKING:
    from cab_check.sandbox.inside.orders import Message

texts = st.text() | st.binary().map(os.fsdecode)
numbers = st.integers(min_value=0)
messages = st.one_of(
    st.builds(
        Setup,
        cwd=texts,
        environment=st.lists(st.tuples(texts, texts)).map(tuple),
        processes=numbers,
        data_bytes=st.none() | numbers,
        file_bytes=numbers,
        open_files=numbers,
        cpu_s=numbers,
        output_bytes=numbers,
    ),
    st.builds(Ready, st.booleans(), st.booleans(), st.booleans()),
    st.builds(
        Order, numbers, st.lists(texts).map(tuple), st.floats(min_value=0, allow_infinity=False)
    ),
    st.builds(Stop, numbers),
    st.builds(Report, numbers, numbers, st.none() | texts, st.floats(min_value=0)),
    st.builds(Close),
    st.builds(Closed, numbers),
)


@given(messages)
def test_a_message_survives_the_way(message: Message) -> None:
    """Whatever bytes it holds, it is one line and comes out as it went in."""
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == message
    assert type(decode(line)) is type(message)


def test_this_process_is_in_the_table() -> None:
    """The table knows our parent, our group and that we live."""
    row = processes.table()[os.getpid()]
    assert (row.parent, row.group, row.alive) == (os.getppid(), os.getpgrp(), True)


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps")
def test_ps_tells_the_same() -> None:
    """Where there is no /proc, ps says the same of us; it does not list itself."""
    rows = processes._table_of_ps()
    row = rows[os.getpid()]
    assert (row.parent, row.group, row.alive) == (os.getppid(), os.getpgrp(), True)
    assert not any(row.parent == os.getpid() and not row.alive for row in rows.values())


def test_a_zombie_is_not_alive() -> None:
    """In both tables."""
    assert processes.parse_ps("  7  1  7 Z+ 0\n 8 7 7 Ss 12\n") == {
        7: processes.Row(1, 7, alive=False, tasks=1),
        8: processes.Row(7, 7, alive=True, tasks=1, resident_bytes=12 * 1024),
    }
    if sys.platform == "linux":
        child = subprocess.Popen(["true"])
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not processes.table()[child.pid].alive
        child.wait()


def test_descendants_are_found_and_may_be_spared() -> None:
    """Children and grandchildren are found; a spared one is, with all that is below it, not."""
    with subprocess.Popen(
        ["sh", "-c", "sleep 600 & echo $!; wait"], stdout=subprocess.PIPE, start_new_session=True
    ) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        try:
            found = processes.living(os.getpid())
            assert found.index(child.pid) < found.index(grandchild)
            assert os.getpid() not in found
            spared = processes.living(os.getpid(), but=frozenset({child.pid}))
            assert not {child.pid, grandchild} & set(spared)
            assert {child.pid, grandchild} == set(processes.living(grandchild, child.pid))
        finally:
            processes.kill(child.pid)
            processes.kill(grandchild)
        child.wait()
    processes.kill(child.pid)  # it has gone: no error


def test_the_user_s_threads_are_counted() -> None:
    """At least this one is there."""
    assert processes.tasks_of_user() >= 1
