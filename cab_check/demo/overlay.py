"""Reading the files of an answer (oracle/ or a cheat), and the commands that write them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cab_check.tasks.files import list_files

if TYPE_CHECKING:
    from pathlib import Path

_BYTES_PER_PRINTF = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFile:
    """One file of an answer; `path` is relative, with "/". `link` is a symlink's target."""

    path: str
    data: bytes = b""
    executable: bool = False
    link: str | None = None

    @property
    def text(self) -> str | None:
        """Return what a file tool can write: text in UTF-8 without NUL; None for all else."""
        if self.link is not None or b"\0" in self.data:
            return None
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            return None

    def write_commands(self) -> tuple[str, ...]:
        """Return the shell commands that write the content.

        Nothing but mkdir, ln and printf: octal escapes write any byte, whatever the system.
        """
        target = _quoted(self.path)
        folder = PurePosixPath(self.path).parent.as_posix()
        made = () if folder == "." else (f"mkdir -p {_quoted(folder)}",)
        if self.link is not None:
            return (*made, f"ln -sfn -- {shlex.quote(self.link)} {target}")
        starts = range(0, len(self.data), _BYTES_PER_PRINTF)
        pieces = (_octal(self.data[start : start + _BYTES_PER_PRINTF]) for start in starts)
        return (*made, f": > {target}", *(f"printf '{piece}' >> {target}" for piece in pieces))

    def mode_commands(self) -> tuple[str, ...]:
        """Return the shell commands that set what no file tool sets."""
        return (f"chmod +x {_quoted(self.path)}",) if self.executable else ()


def read_answer(root: Path) -> tuple[AnswerFile, ...]:
    """Return the files below `root`, sorted; raises OSError where it cannot be read."""
    return tuple(_read_file(root / path, path) for path in list_files(root))


def _read_file(path: Path, relative: str) -> AnswerFile:
    if path.is_symlink():
        return AnswerFile(path=relative, link=path.readlink().as_posix())
    executable = bool(path.stat().st_mode & 0o100)
    return AnswerFile(path=relative, data=path.read_bytes(), executable=executable)


def _octal(data: bytes) -> str:
    return "".join(f"\\{byte:03o}" for byte in data)


def _quoted(path: str) -> str:
    # the leading ./ keeps a name that begins with a hyphen from being read as an option
    return shlex.quote(f"./{path}")
