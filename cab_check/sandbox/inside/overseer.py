"""The overseer: where there is no process namespace, it ends what the launcher held.

It stays outside of what confines the launcher and its commands, so that none of them can reach it.
"""

from __future__ import annotations

import os
import select
import signal
from typing import NoReturn

from . import kernel, processes

_LIMIT_S = 30.0


def enter() -> None:
    """Return in a child that is overseen; the caller stays, and ends all when the child ends."""
    kernel.adopt_orphans()
    kernel.end_with_parent(signal.SIGTERM)
    pid = os.fork()
    if pid:
        _oversee(pid)
    kernel.end_with_parent(signal.SIGKILL)


def _oversee(pid: int) -> NoReturn:
    try:
        os.closerange(0, kernel.descriptors_end())
        signals = kernel.listen_for(signal.SIGCHLD, signal.SIGTERM)
        sources = select.poll()
        sources.register(signals, select.POLLIN)
        while pid not in processes.reap()[0]:
            sources.poll()
            if signal.SIGTERM in kernel.heard(signals):
                break
        processes.end_tree(limit_s=_LIMIT_S)
    finally:  # whatever goes wrong, there must never be a second launcher
        os._exit(0)
