"""Turning a fresh child into the command: session, descriptors, limits, exec."""

from __future__ import annotations

import os
import resource
import signal
from typing import TYPE_CHECKING, NoReturn

from . import kernel, rights
from .orders import NOT_RUN

if TYPE_CHECKING:
    from .orders import Setup

NOT_FOUND = 127


def start(argv: tuple[str, ...], setup: Setup, outputs: tuple[int, int]) -> int:
    """Fork the command and return its process id."""
    pid = os.fork()
    if pid == 0:
        _become(argv, setup, outputs)
    return pid


def _become(argv: tuple[str, ...], setup: Setup, outputs: tuple[int, int]) -> NoReturn:
    code = NOT_RUN
    try:
        os.setsid()
        _forget_signals()
        _connect(outputs)
        os.umask(0o022)
        os.chdir(setup.cwd)
        _limit(setup)
        rights.forgo()
        code = _exec(argv, dict(setup.environment))
    except (OSError, ValueError) as error:
        _complain(f"cannot start a command in {setup.cwd}", error)
    finally:  # whatever goes wrong, there must never be a second launcher
        os._exit(code)


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _connect(outputs: tuple[int, int]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in enumerate((nothing, *outputs)):
        os.dup2(source, target)
    os.closerange(3, kernel.descriptors_end())


def _limit(setup: Setup) -> None:
    wanted = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, setup.cpu_s),
        (resource.RLIMIT_FSIZE, setup.file_bytes),
        (resource.RLIMIT_NOFILE, setup.open_files),
        (resource.RLIMIT_NPROC, setup.processes),
        (resource.RLIMIT_DATA, setup.data_bytes),
    )
    for which, value in wanted:
        if value is not None:
            hard = resource.getrlimit(which)[1]
            lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (lowest, lowest))


def _exec(argv: tuple[str, ...], environment: dict[str, str]) -> int:
    """Replace this process, or say why not and return the shell's exit code for it."""
    try:
        os.execvpe(argv[0], argv, environment)  # noqa: S606 - a shell is asked for by name
    except (FileNotFoundError, NotADirectoryError):
        os.write(2, os.fsencode(f"{argv[0]}: command not found\n"))
        return NOT_FOUND
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in an argument
        _complain(argv[0][:200], error)
    return NOT_RUN


def _complain(subject: str, error: OSError | ValueError) -> None:
    reason = error.strerror if isinstance(error, OSError) else error
    os.write(2, f"{subject}: {reason}\n".encode(errors="replace"))
