"""Read one JSON object field by field: parsed at the border once, a wrong value named by place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from enum import StrEnum

    Member = TypeVar("Member", bound=StrEnum)


class RecordError(ValueError):
    """A file is no record of ours, or was written by a newer cab; the text names the place."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object at a place such as `$.timing`. Keys that nobody asks for are tolerated.

    Every method raises RecordError when the key is absent or its value of another kind; those
    that end in `_or_none` allow null and an absent key.
    """

    value: dict[str, object]
    place: str

    @classmethod
    def of(cls, value: object, place: str) -> Fields:
        """Take a JSON value that must be an object."""
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        return cls(value, place)

    def text(self, key: str) -> str:
        """Return a string."""
        value = self._required(key)
        if not isinstance(value, str):
            raise _wrong(self._at(key), "a string", value)
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a string or None."""
        return None if self.value.get(key) is None else self.text(key)

    def whole(self, key: str) -> int:
        """Return a whole number."""
        value = self._required(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong(self._at(key), "a whole number", value)
        return value

    def whole_or_none(self, key: str) -> int | None:
        """Return a whole number or None."""
        return None if self.value.get(key) is None else self.whole(key)

    def number(self, key: str) -> float:
        """Return a number; NaN and infinity are none, though some readers of JSON take them."""
        value = self._required(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise _wrong(self._at(key), "a number", value)
        return float(value)

    def number_or_none(self, key: str) -> float | None:
        """Return a number or None."""
        return None if self.value.get(key) is None else self.number(key)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false; an absent key is the default."""
        value = self.value.get(key, default)
        if not isinstance(value, bool):
            raise _wrong(self._at(key), "true or false", value)
        return value

    def flag_or_none(self, key: str) -> bool | None:
        """Return true, false or None."""
        return None if self.value.get(key) is None else self.flag(key, default=False)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings; an absent key is an empty one."""
        values = self._list(key)
        for index, value in enumerate(values):
            if not isinstance(value, str):
                raise _wrong(f"{self._at(key)}[{index}]", "a string", value)
        return tuple(value for value in values if isinstance(value, str))

    def moment(self, key: str) -> datetime:
        """Return a moment in UTC."""
        text = self.text(key)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise _wrong(self._at(key), "a timestamp", text) from error
        if moment.tzinfo is None:
            raise _wrong(self._at(key), "a timestamp with its zone", text)
        return moment.astimezone(UTC)

    def member(self, key: str, kind: type[Member]) -> Member:
        """Return a member of a closed set."""
        text = self.text(key)
        try:
            return kind(text)
        except ValueError as error:
            raise _wrong(self._at(key), f"one of {', '.join(kind)}", text) from error

    def member_or_none(self, key: str, kind: type[Member]) -> Member | None:
        """Return a member of a closed set or None."""
        return None if self.value.get(key) is None else self.member(key, kind)

    def child(self, key: str) -> Fields:
        """Return an object."""
        return Fields.of(self._required(key), self._at(key))

    def child_or_none(self, key: str) -> Fields | None:
        """Return an object or None."""
        return None if self.value.get(key) is None else self.child(key)

    def children(self, key: str) -> tuple[Fields, ...]:
        """Return a list of objects; an absent key is an empty one."""
        values = enumerate(self._list(key))
        return tuple(Fields.of(value, f"{self._at(key)}[{index}]") for index, value in values)

    def _required(self, key: str) -> object:
        if key not in self.value:
            raise RecordError(f"{self._at(key)} is missing")
        return self.value[key]

    def _list(self, key: str) -> list[object]:
        value = self.value.get(key, [])
        if not isinstance(value, list):
            raise _wrong(self._at(key), "a list", value)
        return value

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}"


def _wrong(place: str, wanted: str, value: object) -> RecordError:
    return RecordError(f"{place} must be {wanted}, not {str(value)[:80]!r}")
