"""A box's own place: made once, before the first command; then no name in it is relied upon."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox.environment import build_environment, user_name
from cab_check.sandbox.homes import furnish, module_proxy
from cab_check.sandbox.inside.orders import ROOT_INSIDE
from cab_check.sandbox.layout import write_accounts
from cab_check.sandbox.nameless import open_nameless
from cab_check.sandbox.programs import commands_path, readable
from cab_check.sandbox.receipts import OWN_ROOT
from cab_check.sandbox.toolchain import find_python, path_with_python

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cab_check.sandbox.box import BoxSpec
    from cab_check.sandbox.toolchain import Interpreter
    from cab_check.settings import Isolation

_OPEN_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Premises:
    """The root of one box, held open, and the environment that all of its commands get."""

    def __init__(self, spec: BoxSpec, level: Isolation) -> None:
        self._spec = spec
        self._level = level
        self._root = os.open(spec.root, _OPEN_ROOT)
        self._environment: Mapping[str, str] | None = None

    def close(self) -> None:
        """Let go of the root."""
        os.close(self._root)

    def nameless(self) -> int:
        """Open a file that no command can find; raises OSError when there is no place for it."""
        return open_nameless(self._root)

    @property
    def root(self) -> int:
        """Return the root's descriptor."""
        return self._root

    def environment(self) -> Mapping[str, str]:
        """Return the environment, with its folders made at the first call and never again.

        A command may remove or replace them: that is its own loss, and no reason to follow what it
        put there. Raises MachineError.
        """
        if self._environment is None:
            python = find_python()
            try:
                self._environment = self._build(python)
            except OSError as error:
                raise MachineError(
                    f"the folders of a cell's commands cannot be made: {error}",
                    hint="free some space, or name another temporary directory",
                ) from error
        return self._environment

    def readable(self) -> tuple[Path, ...]:
        """Return the real directories to be given read-only, besides the system's own.

        Those of the toolchains, and the folder that PATH may name for `python3` (see
        `path_with_python`), which lies below the root. Raises MachineError.
        """
        return (*self._spec.readable, *readable(), self._spec.root / "bin")

    def _build(self, python: Interpreter) -> Mapping[str, str]:
        spec, own_root = self._spec, self._level in OWN_ROOT
        path = commands_path(below=(spec.root, spec.cwd, *spec.writable))
        home, tmp = _made(spec.root / "home"), _made(spec.root / "tmp")
        furnish(home)
        environment = build_environment(
            path=path_with_python(path, python.path, spec.root / "bin"),
            home=home,
            tmp=Path("/tmp") if own_root else tmp,  # noqa: S108 - the box's own, inside
            declared={"GOPROXY": module_proxy(), **spec.environment},
        )
        if not own_root:
            return environment
        return {**environment, "USER": _be_someone(spec.root / "etc", home)}


def _be_someone(folder: Path, home: Path) -> str:
    """Write the users that a box with a root of its own knows; return which one commands are."""
    user, group = os.getuid(), os.getgid()
    name = user_name(user) if user else "user"
    write_accounts(folder, name, user or ROOT_INSIDE, group or ROOT_INSIDE, home)
    return name


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
