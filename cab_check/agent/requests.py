"""What the five tools are asked for: one frozen type a tool, read from a call's arguments."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Some lines of a file; `offset` is 1-based, `limit` None means as many as are shown."""

    path: str
    offset: int = 1
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A whole file, new or in place of the old one."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class EditFile:
    """One exact passage of a file to be replaced."""

    path: str
    old_text: str
    new_text: str


@dataclass(frozen=True, slots=True)
class ListFiles:
    """The entries of a folder."""

    path: str = "."


@dataclass(frozen=True, slots=True)
class RunCommand:
    """A shell command line."""

    command: str


Request = ReadFile | WriteFile | EditFile | ListFiles | RunCommand
