"""Asker: what the loop needs of an endpoint's conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.ledger import Accommodation
    from cab_check.endpoint.message import Answered, Message, Retry, ToolSpec, Unanswered


class Asker(Protocol):
    """One cell's conversation with its endpoint; the endpoint room's Conversation is one."""

    async def ask(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        left_s: float,
        where: str,
        on_retry: Callable[[Retry], None],
    ) -> Answered | Unanswered:
        """Ask once, retries included; never longer than `left_s`. A failure is a result."""
        ...

    def note(self, name: str, where: str, advice: str) -> None:
        """Enter in the ledger what the loop had to do for this endpoint."""
        ...

    def calls_as_text(self, what: str) -> Fault:
        """Return the fault of tool calls that came as text in the last reply."""
        ...

    def accommodations(self) -> tuple[Accommodation, ...]:
        """Return the ledger."""
        ...
