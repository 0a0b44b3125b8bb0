"""One table of a TOML file, taken apart key by key; each mistake names the file and the key."""

from __future__ import annotations

import math
import tomllib
from typing import TYPE_CHECKING, TypeVar, cast

from cab_check.errors import UsageError

if TYPE_CHECKING:
    from enum import StrEnum
    from pathlib import Path

    Member = TypeVar("Member", bound=StrEnum)


def read_table(file: Path) -> Table:
    """Read a TOML file. UsageError when it is missing, unreadable or no TOML."""
    try:
        values: dict[str, object] = tomllib.loads(file.read_bytes().decode("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(
            f"{file}: there is no such file", hint="every task has a task.toml at its root"
        ) from error
    except OSError as error:
        raise UsageError(
            f"{file}: cannot be read: {error.strerror}", hint="check the file's kind and its mode"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is no UTF-8 text", hint="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: is no TOML: {error}", hint="correct the syntax there") from error
    return Table(values, file)


class Table:
    """A table whose keys are taken one by one; `finish` refuses those that nobody took."""

    def __init__(self, values: dict[str, object], file: Path, prefix: str = "") -> None:
        self.file = file
        self._values = values
        self._prefix = prefix
        self._known: list[str] = []

    def mistake(self, key: str, what: str, *, hint: str) -> UsageError:
        """Make the error for a key of this table."""
        return UsageError(f"{self.file}: {self._prefix}{key}: {what}", hint=hint)

    @property
    def known(self) -> tuple[str, ...]:
        """Return the keys that were taken so far, sorted."""
        return tuple(sorted(self._known))

    def has(self, key: str) -> bool:
        """Say whether the key is there."""
        return key in self._values

    def text(self, key: str) -> str:
        """Take a string that is not blank."""
        value = self._take(key, "a string")
        if not isinstance(value, str):
            raise self._wrong_type(key, value, "a string")
        if not value.strip():
            raise self.mistake(key, "is empty", hint="write something there")
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Take true or false."""
        value = self._take(key, "true or false", default)
        if not isinstance(value, bool):
            raise self._wrong_type(key, value, "true or false")
        return value

    def whole(self, key: str, *, least: int, default: int | None = None) -> int:
        """Take a whole number that is at least `least`."""
        value = self._take(key, "a whole number", default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong_type(key, value, "a whole number")
        if value < least:
            raise self.mistake(key, f"is {value}", hint=f"give {least} or more")
        return value

    def seconds(self, key: str, *, default: float) -> float:
        """Take a span of seconds: finite and above zero."""
        value = self._take(key, "a number", default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._wrong_type(key, value, "a number")
        if not (math.isfinite(value) and value > 0):
            raise self.mistake(key, f"is {value}", hint="give seconds above 0")
        return float(value)

    def member(self, key: str, kinds: type[Member]) -> Member:
        """Take one word of a closed set."""
        value = self.text(key)
        if value not in tuple(kinds):
            allowed = ", ".join(kinds)
            raise self.mistake(key, f"unknown value {value!r}", hint=f"give one of: {allowed}")
        return kinds(value)

    def texts(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of strings, none of them blank or there twice."""
        words = self.words(key, default=default)
        for word in words:
            if words.count(word) > 1:
                raise self.mistake(key, f"{word!r} is listed twice", hint="keep it once")
        return words

    def words(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of strings in their order, none of them blank."""
        value = self._take(key, "a list of strings", default)
        return self._strings(key, value)

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Take a list of lists of strings, none of them empty."""
        value = self._take(key, "a list of lists of strings")
        if not isinstance(value, list):
            raise self._wrong_type(key, value, "a list of lists of strings")
        groups = tuple(self._strings(key, group) for group in value)
        if not all(groups):
            raise self.mistake(key, "has an empty group", hint="give each group an alternative")
        return groups

    def table(self, key: str) -> Table:
        """Take a table within this one."""
        value = self._take(key, "a table")
        if not isinstance(value, dict):
            raise self._wrong_type(key, value, "a table")
        return Table(value, self.file, f"{self._prefix}{key}.")

    def tables(self, key: str) -> tuple[Table, ...]:
        """Take an array of tables; none when the key is absent."""
        value = self._take(key, "an array of tables", [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self._wrong_type(key, value, "an array of tables")
        return tuple(
            Table(entry, self.file, f"{self._prefix}{key}[{number}].")
            for number, entry in enumerate(value, start=1)
        )

    def finish(self) -> None:
        """Refuse the keys that were not taken: they are unknown, or belong to another kind."""
        for key in self._values:
            if key not in self._known:
                known = ", ".join(self.known)
                raise self.mistake(key, "unknown key", hint=f"known here: {known}")

    def _take(self, key: str, kind: str, default: object = None) -> object:
        self._known.append(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.mistake(key, "is missing", hint=f"add it: {kind}")
        return value

    def _strings(self, key: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
            raise self._wrong_type(key, value, "a list of strings")
        words = cast("tuple[str, ...]", tuple(value))
        if not all(word.strip() for word in words):
            raise self.mistake(key, "has an empty entry", hint="write something there")
        return words

    def _wrong_type(self, key: str, value: object, kind: str) -> UsageError:
        return self.mistake(key, f"is {value!r}, not {kind}", hint=f"give {kind}")
