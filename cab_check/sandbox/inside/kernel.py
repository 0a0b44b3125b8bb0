"""What the launcher asks of the kernel for itself and all that descends from it (SANDBOX §4)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_SET_PDEATHSIG = 1
_SET_DUMPABLE = 4
_SET_CHILD_SUBREAPER = 36
_SET_NO_NEW_PRIVS = 38
_MANY = 65_536
_NEVER_IGNORED = {
    signal.SIGKILL,
    signal.SIGSTOP,
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGABRT,
    signal.SIGCHLD,  # ignored, it would have the kernel reap our children
}


def _prctl(option: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    zero = ctypes.c_ulong(0)
    done = ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), zero, zero, zero)
    return bool(done == 0)


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose own parent ends; not inherited by a fork."""
    return _prctl(_SET_CHILD_SUBREAPER, 1)


def refuse_new_privileges() -> bool:
    """Let set-id programs gain nothing, here and in all that descends from here."""
    return _prctl(_SET_NO_NEW_PRIVS, 1)


def hide_from_user() -> bool:
    """Close memory and environment of this process to others of the same user, root aside."""
    return _prctl(_SET_DUMPABLE, 0)


def end_with_parent(how: signal.Signals) -> None:
    """Ask for a signal when the parent ends, beside the lifeline.

    SIGTERM for who has to sweep first, SIGKILL where the kernel sweeps. A parent that is gone
    already is noticed by the lifeline alone.
    """
    _prctl(_SET_PDEATHSIG, how)


def listen_for(*signals: signal.Signals) -> int:
    """Return a descriptor to poll: it gets a byte, the signal's number, for each of these signals.

    All others that can be are ignored: a command must not part itself from who minds it by a
    polite signal. A blocking call would be restarted after a handler that only returns, so nothing
    here waits anywhere but in poll.
    """
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in signal.valid_signals() - _NEVER_IGNORED:
        signal.signal(number, signal.SIG_IGN)
    for number in signals:
        signal.signal(number, lambda _number, _frame: None)
    return reader


def descriptors_end() -> int:
    """Return the number that no descriptor reaches."""
    most = os.sysconf("SC_OPEN_MAX")
    return most if 0 < most < _MANY else _MANY


def heard(reader: int) -> bytes:
    """Return the numbers of the signals that came since the last call."""
    try:
        return os.read(reader, 4096)
    except BlockingIOError:
        return b""
