"""What an attack is told of its aims."""

from __future__ import annotations

import json
from typing import NamedTuple


class Field(NamedTuple):
    """Where the canaries are. `proof` is what an attack prints, sends or leaves when it won.

    `outside` is a directory that no command may know, with the files `canary`, `bin/` and
    `victim`; `home` the user's; ports, sockets and `terminal` are served by the host; `victim` is
    a process beside the box that holds `victim_fd` open, `host` the one that made the box.
    """

    proof: str
    outside: str
    home: str
    places: tuple[str, ...]
    tcp4: int
    tcp6: int
    udp: int
    stream: str
    datagram: str
    abstract: str
    terminal: str
    victim: int
    victim_fd: int
    host: int
    processes: int

    @property
    def canary(self) -> str:
        """Return the file whose content no command may read."""
        return f"{self.outside}/canary"

    @property
    def number(self) -> int:
        """Return the proof as a number of 28 bits, for what takes no text."""
        return int(self.proof[-7:], 16)

    def win(self, *, when: bool = True) -> None:
        """Say that the attack has got what it wanted."""
        if when:
            print(self.proof, flush=True)  # noqa: T201 - output is how an attack is judged


def encode(field: Field) -> str:
    """Write a field as one argument."""
    return json.dumps(field)


def decode(text: str) -> Field:
    """Read it back."""
    return Field._make(tuple(v) if isinstance(v, list) else v for v in json.loads(text))
