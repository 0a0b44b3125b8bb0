"""A real terminal with a shell in it, in tmux: type, and read what stands on the screen."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Pane:
    """A terminal; its tmux server has a socket of its own, and reads no configuration."""

    def __init__(self, socket: Path) -> None:
        self._socket = str(socket)

    def tmux(self, *arguments: str) -> str:
        """Run tmux and return what it prints."""
        asked = ["tmux", "-S", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    def type(self, text: str, *keys: str) -> None:
        """Type a text, then press keys by name; Enter when none is named."""
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", *(keys or ("Enter",)))

    @property
    def shown(self) -> str:
        """Return the screen and all that has left it at the top."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-1000")

    def wait(self, pattern: str) -> None:
        """Wait until something stands there; the limit of the test ends this."""
        while not re.search(pattern, self.shown, re.MULTILINE):
            time.sleep(0.1)


@contextmanager
def open_pane(folder: Path, shell: str, *, columns: int, lines: int) -> Iterator[Pane]:
    """Open a terminal with a shell, skipping by name what is not installed; it ends with this."""
    for program in ("tmux", shell.partition(" ")[0]):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    terminal = Pane(folder / "tmux")
    size = ("-x", str(columns), "-y", str(lines))
    terminal.tmux("new-session", "-d", *size, shell)
    try:
        yield terminal
    finally:
        terminal.tmux("kill-server")
