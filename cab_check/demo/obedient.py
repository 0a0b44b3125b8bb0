"""Obedient: plays a model that does what it is told in the questions of `cab doctor`.

Any actor obeys when the conversation opens as a check of the connection, and plays its own part
otherwise. What is asked is read from the words alone, as a model would.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.demo.chat import Role
from cab_check.demo.reply import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.demo.actors import Actor
    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.reply import Failure

OPENING = "This is a check of the connection"
_EXACTLY = re.compile(r"[Rr]eply with exactly this line[^\n]*:\n([^\n]+)\s*$")
_COUNT = re.compile(r"whole numbers from 1 to (\d{1,4})\b")
_LINE = re.compile(r"reply with (?:the result's|its) (first|last) line")
_ARGUMENT = re.compile(r"[^.:;]{0,20}?\bwith the (\w+) ([\w./-]*[\w/-])")
_AT_A_LOSS = "I was asked for nothing that I know how to do."


def is_check(request: ChatRequest) -> bool:
    """Say whether a conversation opens as a check of the connection, whatever its task."""
    return OPENING in _asked(request)


@dataclass(frozen=True, slots=True)
class Obedient:
    """Does what a check asks for, and leaves everything else to `otherwise`."""

    otherwise: Actor

    def reply(self, request: ChatRequest) -> Reply | Failure:
        """Return the turn that follows on the request's messages."""
        # a system prompt may have been merged into the user's turn
        _, opening, wish = _asked(request).rpartition(OPENING)
        if not opening:
            return self.otherwise.reply(request)
        last = request.messages[-1]
        if last.role is Role.USER and request.replies:
            # what is asked now is what came last
            wish = last.text or ""
        if last.role is Role.TOOL:
            return Reply(text=_line_of(last.text or "", wish))
        calls = tuple(_calls(request, wish))
        if calls:
            return Reply(calls=calls if request.parallel else calls[:1])
        return Reply(text=_text(wish))


def _asked(request: ChatRequest) -> str:
    return next((m.text or "" for m in request.messages if m.role is Role.USER), "")


def _text(wish: str) -> str:
    if exactly := _EXACTLY.search(wish):
        return exactly[1]
    if count := _COUNT.search(wish):
        return " ".join(str(number) for number in range(1, int(count[1]) + 1))
    return _AT_A_LOSS


def _line_of(result: str, wish: str) -> str:
    lines = result.strip().splitlines() or [""]
    which = _LINE.search(wish)
    return lines[-1] if which and which[1] == "last" else lines[0]


def _calls(request: ChatRequest, wish: str) -> Iterator[Call]:
    """Yield a call for every declared tool that is named, in the order in which they are."""
    if "Call no tool" in wish:
        return
    names = {tool.name for tool in request.tools}
    for named in re.finditer(r"\b[a-z]+(?:_[a-z]+)+\b", wish):
        if named[0] in names:
            argument = _ARGUMENT.match(wish, named.end())
            given = {argument[1]: argument[2]} if argument else {}
            yield Call(named[0], json.dumps(given))
