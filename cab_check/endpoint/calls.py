"""Tool calls put together, whole or from fragments (ENDPOINTS §5, rows 1, 6-9, 27-29)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.endpoint.jsonvalue import dump, member, mend_text, parse_json, string, whole_number
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.message import ToolCall
from cab_check.endpoint.nesting import Nesting

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class _Fragment:
    """What one entry of `tool_calls` says. An empty string means that it said nothing."""

    index: int | None
    id: str
    name: str
    arguments: str


@dataclass(slots=True)
class _Building:
    """A call of which more may come."""

    index: int | None
    id: str
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    nesting: Nesting = field(default_factory=Nesting)
    followed: int = 0
    broken: bool = False

    @property
    def text(self) -> str:
        return "".join(self.arguments)

    @property
    def begun(self) -> bool:
        return any(self.arguments)

    @property
    def complete(self) -> bool:
        """Whether the arguments are JSON already; parsed only where they could have ended.

        What was no JSON when its brackets were closed cannot become any, so that the time for all
        of a call's pieces is linear in their length.
        """
        if self.broken or not self.begun:
            return False
        for piece in self.arguments[self.followed :]:
            self.nesting.feed(piece)
        self.followed = len(self.arguments)
        if not self.nesting.closed or not self.arguments[-1].rstrip().endswith(("}", "]")):
            return False
        try:
            parse_json(self.text)
        except ValueError:
            self.broken = True
        return not self.broken


class CallAssembly:
    """The calls of one reply. Never keyed by name, so calls to the same tool stay apart."""

    def __init__(self, oddities: set[Oddity]) -> None:
        self._calls: list[_Building] = []
        self._current: _Building | None = None
        # the newest of each: a server may use the index 0 for all of its calls
        self._by_index: dict[int, _Building] = {}
        self._by_id: dict[str, _Building] = {}
        self._oddities = oddities

    def __len__(self) -> int:
        return len(self._calls)

    def add_whole(self, entry: object) -> None:
        """Add one entry of an unstreamed message: each is a call of its own."""
        fragment = self._read(entry)
        self._open(fragment)
        self._extend(self._calls[-1], fragment)

    def add_fragment(self, entry: object) -> None:
        """Add one entry of a delta to the call that it continues, or begin a call with it."""
        fragment = self._read(entry)
        call = self._continued(fragment)
        if call is None:
            if fragment.index is None:
                self._oddities.add(Oddity.INDEX_MISSING)
            call = self._open(fragment)
        self._extend(call, fragment)
        self._current = call

    def texts(self) -> tuple[str, ...]:
        """Return the arguments of each call so far."""
        return tuple(building.text for building in self._calls)

    def finish(self, taken: Iterable[str]) -> tuple[ToolCall, ...]:
        """Return the calls with ids that are unique among themselves and those `taken` before.

        An id of the server's is kept as it is; one of ours has nine alphanumerics, which the
        strictest server accepts (row 28).
        """
        used = set(taken)
        spare = len(used)
        calls: list[ToolCall] = []
        for building in self._calls:
            name, identity = self._mended(building.name), self._mended(building.id)
            if not identity or identity in used:
                known = Oddity.CALL_ID_REPEATED if identity else Oddity.CALL_ID_MISSING
                self._oddities.add(known)
                identity, spare = _synthetic(used, spare)
            used.add(identity)
            calls.append(ToolCall(identity, name, self._mended(building.text)))
        return tuple(calls)

    def _mended(self, text: str) -> str:
        whole, replaced = mend_text(text)
        if replaced:
            self._oddities.add(Oddity.INVALID_UTF8)
        return whole

    def _read(self, entry: object) -> _Fragment:
        function = member(entry, "function")
        if not isinstance(function, dict):
            self._oddities.add(Oddity.CALL_SHAPE)
            function = entry
        raw = member(function, "arguments")
        arguments = string(raw)
        if raw is not None and not isinstance(raw, str):
            self._oddities.add(Oddity.ARGUMENTS_NOT_TEXT)
            arguments = dump(raw)
        index = whole_number(member(entry, "index"))
        return _Fragment(
            index, string(member(entry, "id")), string(member(function, "name")), arguments
        )

    def _continued(self, fragment: _Fragment) -> _Building | None:
        """Find the call that a fragment continues: by index, by id, then by the stream's state."""
        call = self._candidate(fragment)
        if call is None or not self._begins_another(call, fragment):
            return call
        if fragment.index is not None:
            self._oddities.add(Oddity.INDEX_REPEATED)
        return None

    def _candidate(self, fragment: _Fragment) -> _Building | None:
        if fragment.index is not None:
            found = self._by_index.get(fragment.index)
        else:
            found = self._by_id.get(fragment.id)
        if found is not None:
            return found
        current = self._current
        if current is None:
            return None
        if fragment.index is None:
            return current
        # the index came late: a nameless fragment without an id belongs to the call under way
        return current if current.index is None and not (fragment.name or fragment.id) else None

    @staticmethod
    def _begins_another(call: _Building, fragment: _Fragment) -> bool:
        """Say whether a fragment that points at a call is the beginning of the next one.

        Only a named one can be (row 7: a nameless delta continues). A new id then tells, unless
        the arguments stopped half-way; without one, arguments that are complete already.
        """
        if not fragment.name:
            return False
        if fragment.id and call.id and fragment.id != call.id:
            return call.complete or not call.begun
        if fragment.id and call.id:
            # the same id again: at most the call repeated as a whole
            return call.complete and fragment.arguments not in {"", call.text}
        if not call.name:
            return False
        return call.complete and (fragment.name != call.name or bool(fragment.arguments))

    def _open(self, fragment: _Fragment) -> _Building:
        call = _Building(fragment.index, fragment.id)
        self._calls.append(call)
        self._remember(call)
        return call

    def _remember(self, call: _Building) -> None:
        if call.index is not None:
            self._by_index[call.index] = call
        if call.id:
            self._by_id[call.id] = call

    def _extend(self, call: _Building, fragment: _Fragment) -> None:
        if call.index is None:
            call.index = fragment.index
        if fragment.id and fragment.id != call.id:
            if call.id:
                self._oddities.add(Oddity.ID_CHANGED)
            else:
                call.id = fragment.id
        self._remember(call)
        if fragment.name:
            self._name(call, fragment.name)
            if call.complete and fragment.arguments == call.text:
                # the whole call once more: only a named fragment can be that
                return
        if fragment.arguments:
            call.arguments.append(fragment.arguments)

    def _name(self, call: _Building, name: str) -> None:
        """Assign a name; append only to one that is split before any arguments came (rows 8, 9)."""
        if not call.name:
            if call.begun:
                self._oddities.add(Oddity.NAME_LATE)
            call.name = name
        elif name == call.name or call.begun:
            self._oddities.add(Oddity.NAME_RESENT)
        else:
            self._oddities.add(Oddity.NAME_SPLIT)
            call.name += name


def _synthetic(used: set[str], spare: int) -> tuple[str, int]:
    """Return an id of nine alphanumerics that nobody uses, and the number to go on from."""
    while True:
        spare += 1
        identity = f"call{spare:05d}"
        if identity not in used:
            return identity, spare
