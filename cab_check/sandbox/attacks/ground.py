"""The host's side of the attacks: lays canaries out, and sees what became of them.

What an attack says is believed in one way only: when it knows what it cannot have guessed.
"""

from __future__ import annotations

import ctypes
import os
import resource
import secrets
import signal
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cab_check.sandbox.attacks.services import Services
from cab_check.sandbox.attacks.weapons.field import Field
from cab_check.sandbox.environment import host_path
from cab_check.sandbox.toolchain import base_executable

if TYPE_CHECKING:
    from types import TracebackType

ENVIRONMENT = "CAB_CANARY"
"""The variable of this process that no command may have."""

_VICTIM = "import sys, time; held = sys.stdin.readline(); print('up', flush=True); time.sleep(3600)"
_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - these very places are attacked
_REMOVE = 0


def secret(kind: str) -> str:
    """Make a secret of the shape that attacks look for."""
    return f"CAB{kind}-{secrets.token_hex(12)}"


class Ground:
    """Canaries in a private directory, at home, in the kernel and in a process beside the box.

    `wide` also has programs' and settings' directories attacked, not the home alone: for boxes that
    are said to hold. `secrets` are those of one kind each, by the name that the catalogue uses.
    """

    def __init__(self, base: Path, *, processes: int, wide: bool) -> None:
        self._base = base
        self._processes = processes
        self._wide = wide
        self._held = ExitStack()
        self._victim: subprocess.Popen[bytes] | None = None
        kinds = ("environment", "arguments", "others", "memory", "descriptor", "host", "home")
        self.secrets = {kind: secret(kind.upper()) for kind in kinds}
        self.field: Field
        self._before: dict[str, object] = {}

    def __enter__(self) -> Self:
        with ExitStack() as held:
            self._base.mkdir()
            self._services = held.enter_context(Services(self._base))
            self._home = Path.home() / f".{self.secrets['home']}"
            with suppress(OSError):
                self._home.touch()
                held.callback(self._home.unlink, missing_ok=True)
            os.environ[ENVIRONMENT] = self.secrets["environment"]
            held.callback(os.environ.pop, ENVIRONMENT, None)
            held.callback(self._end_victim)
            self._held = held.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._held.close()

    def prepare(self) -> Field:
        """Lay fresh canaries out for one attack, and say where they are."""
        proof = secret("PROOF")
        outside = Path(tempfile.mkdtemp(prefix="outside-", dir=self._base))
        self.secrets |= {"content": secret("FILE"), "name": secret("NAME")}
        filling = secrets.randbelow(5000) * "."
        (outside / "canary").write_text(f"{self.secrets['content']}\n{filling}")
        (outside / "victim").write_text("before")
        (outside / self.secrets["name"]).touch()
        (outside / "bin").mkdir()
        found = (outside / "canary").stat()
        self.secrets["status"] = f"{found.st_size}:{found.st_mtime_ns}"
        self._before = _picture(outside)
        victim, descriptor = self._living_victim()
        services = self._services
        self.field = Field(
            proof=proof,
            outside=str(outside),
            home=str(Path.home()),
            places=self._places(),
            tcp4=services.port("tcp4"),
            tcp6=services.port("tcp6"),
            udp=services.port("udp"),
            stream=services.stream,
            datagram=services.datagram,
            abstract=services.abstract,
            terminal=services.terminal,
            victim=victim,
            victim_fd=descriptor,
            host=os.getpid(),
            processes=self._processes,
        )
        return self.field

    def is_changed(self) -> bool:
        """Tell whether anything outside is not as it was laid out."""
        return _picture(Path(self.field.outside)) != self._before

    def is_planted(self) -> bool:
        """Tell whether a file was left in a place of the user's, and remove it."""
        found = [Path(p, self.field.proof) for p in (*self.field.places, *_TEMPORARY)]
        there = [path for path in found if path.exists()]
        for path in there:
            path.unlink(missing_ok=True)
        return bool(there)

    def is_reached(self) -> bool:
        """Tell whether a service got the proof."""
        return self.field.proof.encode() in self._services.received()

    def is_typed(self) -> bool:
        """Tell whether the proof came in on the terminal."""
        return self.field.proof.encode() in self._services.typed()

    def is_limited(self) -> bool:
        """Tell whether the process beside the box got another limit."""
        soft, _ = resource.prlimit(self.field.victim, resource.RLIMIT_CORE)
        return soft == self.field.number

    def is_ended(self) -> bool:
        """Tell whether the process beside the box is no more."""
        assert self._victim is not None  # noqa: S101 - it was prepared
        with suppress(subprocess.TimeoutExpired):
            self._victim.wait(0.05)
        return self._victim.poll() is not None

    def is_left_in_memory(self) -> bool:
        """Tell whether shared memory was left behind, and remove it."""
        rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
        found = [int(row.split()[1]) for row in rows if int(row.split()[0]) == self.field.number]
        for number in found:
            ctypes.CDLL(None).shmctl(number, _REMOVE, None)
        return bool(found)

    def is_running(self) -> bool:
        """Tell whether a process with the proof on its command line runs, and end it."""
        mark, found = self.field.proof.encode(), False
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if path.read_bytes().split(b"\0")[-2:-1] == [mark]:
                    found = True
                    os.kill(int(path.parent.name), signal.SIGKILL)
        return found

    def _places(self) -> tuple[str, ...]:
        home = str(Path.home())
        return (home, "/etc", *host_path()) if self._wide else (home,)

    def _living_victim(self) -> tuple[int, int]:
        if self._victim is None or self._victim.poll() is not None:
            self._end_victim()
            with tempfile.TemporaryFile() as file:
                file.write(self.secrets["descriptor"].encode())
                file.flush()
                self._descriptor = file.fileno()
                self._victim = subprocess.Popen(
                    [base_executable(), "-ISc", _VICTIM, self.secrets["arguments"]],
                    env={"SECRET": self.secrets["others"]},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    pass_fds=(file.fileno(),),
                )
            assert self._victim.stdin is not None  # noqa: S101 - as asked
            assert self._victim.stdout is not None  # noqa: S101 - as asked
            self._victim.stdin.write(f"{self.secrets['memory']}\n".encode())
            self._victim.stdin.flush()
            self._victim.stdout.readline()
        return self._victim.pid, self._descriptor

    def _end_victim(self) -> None:
        if self._victim is not None:
            with self._victim:
                self._victim.kill()


def _picture(outside: Path) -> dict[str, object]:
    """Return what lies there: names, contents, modes, times and attributes."""
    found: dict[str, object] = {}
    for path in sorted(outside.rglob("*")):
        status = path.stat()
        content = b"" if path.is_dir() else path.read_bytes()
        attributes = tuple(os.listxattr(path)) if hasattr(os, "listxattr") else ()
        when = 0 if path.is_dir() else status.st_mtime_ns
        found[str(path)] = (content, status.st_mode, when, attributes)
    return found
