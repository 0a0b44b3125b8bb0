"""wire.jsonl, read back: the exchanges of a cell that was run with --record-wire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.endpoint.taped import read_tape
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from cab_check.endpoint.taped import Taped
    from cab_check.store.shelf import Store

_NAME = "wire.jsonl"


def find_tape(store: Store, text: str) -> tuple[Taped, ...]:
    """Return the tape of the run that a person means, or of the directory that holds one.

    Raises UsageError when there is no such run, or no tape in it that can be read.
    """
    own = Path(text, _NAME)
    path = own if own.is_file() else store.find(text).wire_path
    try:
        tape = read_tape(path.read_bytes())
    except FileNotFoundError as error:
        raise UsageError(
            f"{path.parent.name} has no {_NAME}: its wire was not recorded",
            hint="run the task again with `cab check --record-wire`",
        ) from error
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", hint="mend its permissions"
        ) from error
    except ValueError as error:
        raise UsageError(f"{path} cannot be played: {error}", hint="record it again") from error
    if not tape:
        raise UsageError(f"{path} holds no exchange", hint="record it again")
    return tape
