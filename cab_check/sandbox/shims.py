"""Asking a program where it really lives: what stands on PATH may be a version manager's shim."""

from __future__ import annotations

import os
import subprocess

_LIMIT_S = 20.0
_VARIABLES = ("HOME", "PATH", "USER", "LANG", "CARGO_HOME", "SDKMAN_DIR")
_MANAGERS = ("PYENV", "ASDF", "MISE", "XDG", "RUSTUP", "NVM", "FNM", "VOLTA", "GOENV", "JENV")
_PREFIXES = tuple(f"{name}_" for name in _MANAGERS)
# a question must not become a download
_OFFLINE = {"GOTOOLCHAIN": "local", "RUSTUP_AUTO_INSTALL": "0"}


def ask(argv: tuple[str, ...]) -> tuple[str, str]:
    """Run a program with what a shim needs to choose, and no secret; return stdout and stderr.

    Raises OSError when it cannot be started, subprocess.SubprocessError when it fails.
    """
    ran = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=_environment(),
        timeout=_LIMIT_S,
        check=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    return ran.stdout, ran.stderr


def _environment() -> dict[str, str]:
    chosen = {
        name: value
        for name, value in os.environ.items()
        if name in _VARIABLES or name.startswith(_PREFIXES)
    }
    return chosen | _OFFLINE
