"""History: the conversation as it is sent again with each request (LOOP: history)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.endpoint.message import Message, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.agent.tools import Ready, Unfit
    from cab_check.endpoint.message import Reply, ToolCall


class History:
    """The messages so far. Only grows; each call gets exactly one tool message, in order.

    `pending` holds the replayed ids of the calls that have none yet.
    """

    def __init__(self, system: str, user: str) -> None:
        self.messages = [
            Message(role=Role.SYSTEM, text=system),
            Message(role=Role.USER, text=user),
        ]
        self.pending: list[str] = []
        self._ids: set[str] = set()
        self._made = 0

    def add_reply(self, reply: Reply, readings: Sequence[Ready | Unfit]) -> int:
        """Append the reply as it was received; return how many calls had to get an id of ours.

        Arguments that are no JSON object are replayed as `{}`: some servers answer 400 for good
        to anything else. An id is replaced when it is missing or was there before.
        """
        calls = tuple(self._replayed(reading) for reading in readings)
        text = reply.text or None
        self.messages.append(
            Message(role=Role.ASSISTANT, text=text, reasoning=reply.reasoning, tool_calls=calls)
        )
        self.pending = [call.id for call in calls]
        return sum(
            call.id != reading.call.id for call, reading in zip(calls, readings, strict=True)
        )

    def add_result(self, text: str) -> None:
        """Append the tool message of the first call that has none."""
        self.messages.append(Message(role=Role.TOOL, text=text, call_id=self.pending.pop(0)))

    def add_user(self, text: str) -> None:
        """Append a word of ours, as the user's."""
        self.messages.append(Message(role=Role.USER, text=text))

    def _replayed(self, reading: Ready | Unfit) -> ToolCall:
        call = reading.call
        identity = call.id if call.id and call.id not in self._ids else self._new_id()
        self._ids.add(identity)
        unreadable = getattr(reading, "flaw", None) is not None or not call.arguments.strip()
        return replace(call, id=identity, arguments="{}" if unreadable else call.arguments)

    def _new_id(self) -> str:
        """Return an id in the one form that every server takes: nine letters and digits."""
        while True:
            self._made += 1
            identity = f"cab{self._made:06d}"
            if identity not in self._ids:
                return identity
