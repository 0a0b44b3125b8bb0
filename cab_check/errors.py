"""The error tree and the exit codes.

    CabError                 what ends a command                                exit
    ├── UsageError           the command line, a task or a model is wrong          2
    ├── EndpointError        the endpoint or a gateway before it is unusable       3
    ├── AuthError            the key was refused                                   4
    ├── BudgetError          a budget of the user's stopped the run                5
    ├── MachineError         this machine lacks what was asked of it               6
    ├── InternalError        a bug of ours                                        70
    └── RunInterruptedError  Ctrl-C                                              130

An agent's failure is a result, never an exception (DESIGN: one cell). Only `cli` turns
one of these into a message, a hint and an exit code.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """What the process says to its caller. 1 never means that the network broke."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    ENDPOINT = 3
    AUTH = 4
    BUDGET = 5
    MACHINE = 6
    INTERNAL = 70
    INTERRUPTED = 130


_ORDER = (
    ExitCode.INTERRUPTED,
    ExitCode.INTERNAL,
    ExitCode.USAGE,
    ExitCode.AUTH,
    ExitCode.ENDPOINT,
    ExitCode.MACHINE,
    ExitCode.BUDGET,
    ExitCode.FAILED,
    ExitCode.PASSED,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Pick the exit code of many cells: the first of DESIGN §5's order that occurs anywhere."""
    return min(codes, key=_ORDER.index, default=ExitCode.PASSED)


class CabError(Exception):
    """Something that ends a command, with what to do about it.

    `message` says what happened, with the value; `hint` what to do next.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL
    kind: ClassVar[str] = "internal"

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CabError):
    """The command line, a task or a model's name is wrong."""

    exit_code = ExitCode.USAGE
    kind = "usage"


class EndpointError(CabError):
    """The endpoint, or a gateway before it, cannot be used."""

    exit_code = ExitCode.ENDPOINT
    kind = "endpoint"


class AuthError(CabError):
    """The endpoint refused the key."""

    exit_code = ExitCode.AUTH
    kind = "auth"


class BudgetError(CabError):
    """A budget that the user set was used up."""

    exit_code = ExitCode.BUDGET
    kind = "budget"


class MachineError(CabError):
    """This machine lacks what a task, the asked isolation or the store needs."""

    exit_code = ExitCode.MACHINE
    kind = "machine"


class InternalError(CabError):
    """A bug of ours."""


class RunInterruptedError(CabError):
    """The user pressed Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED
    kind = "interrupted"
