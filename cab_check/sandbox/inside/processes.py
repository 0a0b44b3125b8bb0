"""Processes: who descends from whom, and ending a whole tree of them."""

from __future__ import annotations

import os
import signal
import time
from typing import NamedTuple

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Row(NamedTuple):
    """One process of the machine."""

    parent: int
    group: int
    alive: bool
    tasks: int
    resident_bytes: int = 0


def table() -> dict[int, Row]:
    """List the machine's processes by their ids; zombies are there as not alive."""
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - pathlib costs 5 ms at each start
    except FileNotFoundError:
        return _table_of_ps()
    rows = {}
    for name in names:
        if name.isdigit():
            row = _row(name)
            if row is not None:
                rows[int(name)] = row
    return rows


def _row(name: str) -> Row | None:
    try:
        with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 - the same
            text = file.read()
    except OSError:  # it has just ended
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    parent, group, tasks, pages = (int(fields[place]) for place in (1, 2, 17, 21))
    return Row(parent, group, fields[0] not in b"ZX", tasks, pages * _PAGE_BYTES)


def _table_of_ps() -> dict[int, Row]:
    reader, writer = os.pipe()
    pid = os.posix_spawnp(
        "ps",
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,rss="],
        {"PATH": "/bin:/usr/bin"},
        file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)],
    )
    os.close(writer)
    with open(reader, "rb") as file:  # noqa: PTH123 - a descriptor
        text = file.read()
    os.waitpid(pid, 0)
    rows = parse_ps(text.decode(errors="replace"))
    rows.pop(pid, None)
    return rows


def parse_ps(text: str) -> dict[int, Row]:
    """Read what `ps -o pid=,ppid=,pgid=,stat=,rss=` prints; threads are not told there."""
    rows = {}
    for line in text.splitlines():
        pid, parent, group, state, kib = line.split()
        alive = not state.startswith("Z")
        rows[int(pid)] = Row(int(parent), int(group), alive, 1, int(kib) * 1024)
    return rows


def living(
    root: int, group: int | None = None, *, but: frozenset[int] = frozenset()
) -> tuple[int, ...]:
    """Return the living descendants of a process, and the living members of a group.

    Parents come before their children, so that a shell which is killed in this order has no time to
    remark on it. Those in `but`, and what descends from them, are left out.
    """
    rows = table()
    children: dict[int, list[int]] = {}
    for pid, row in rows.items():
        children.setdefault(row.parent, []).append(pid)
    members = [pid for pid, row in rows.items() if group is not None and row.group == group]
    found = dict.fromkeys(members)
    todo = [root, *members]
    for parent in todo:  # which grows meanwhile
        new = [pid for pid in children.get(parent, ()) if pid not in found and pid not in but]
        found.update(dict.fromkeys(new))
        todo += new
    return tuple(pid for pid in found if rows[pid].alive)


def reap() -> tuple[dict[int, int], bool]:
    """Take leave of the children that have ended: their statuses, and whether others are left."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended, False
        if pid == 0:
            return ended, True
        ended[pid] = status


def end_tree(group: int | None = None, *, limit_s: float = 5.0) -> set[int]:
    """Kill every descendant of this process, and the members of a group, until none is left.

    Returns the ids of those that were killed. One look is not enough, since a process may fork
    between the look and the signal. It is over when the kernel says that there is no child left,
    which for a subreaper means no descendant. What cannot be killed is left after `limit_s`.
    """
    killed: set[int] = set()
    give_up = time.monotonic() + limit_s
    while True:
        _, children_left = reap()
        alive = living(os.getpid(), group)
        if not (alive or children_left) or time.monotonic() > give_up:
            return killed
        for pid in alive:
            kill(pid)
        killed.update(alive)
        time.sleep(0.001)


def kill(pid: int) -> None:
    """Send SIGKILL; a process that has gone, or that is not ours to end, is left alone."""
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def wake(pid: int) -> None:
    """Let a process go on that was stopped; one that was not takes no notice."""
    try:
        os.kill(pid, signal.SIGCONT)
    except (ProcessLookupError, PermissionError):
        return


def tasks_of_user() -> int:
    """Count the user's threads, as RLIMIT_NPROC does."""
    user, total = os.getuid(), 0
    for pid, row in table().items():
        try:
            total += row.tasks if os.stat(f"/proc/{pid}").st_uid == user else 0  # noqa: PTH116 - the same
        except OSError:
            total += 1  # no /proc, or it has just ended
    return total
