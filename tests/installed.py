"""cab installed where an ordinary user can read it, and run as who runs the tests or as nobody."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cab_check

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
_NEEDED = (
    *("anyio", "certifi", "click", "h11", "httpcore", "httpx", "idna", "markdown-it-py", "mdurl"),
    *("platformdirs", "pygments", "rich", "tenacity", "typing-extensions"),
)
_START = "#!{python}\nimport sys\nfrom cab_check.cli import main\nsys.exit(main())\n"


@dataclass(frozen=True, slots=True)
class Installed:
    """A virtual environment with cab, and a user who starts it; `home` is that user's."""

    python: Path
    home: Path
    user: str

    @property
    def cab(self) -> Path:
        """Return the program."""
        return self.python.with_name("cab")

    def start(self, *argv: str | Path, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start a program as the user, with a bare environment; `before` wraps it for who we are.

        It is a process group of its own, for an interrupt of the terminal.
        """
        # env is there since setpriv starts what follows it with the rights of root to find it
        rights = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env")
        drop = rights if self.user == "nobody" else ()
        return subprocess.Popen(
            [*before, *drop, *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home,
            env={
                "PATH": f"{self.python.parent}:/usr/local/bin:/usr/bin:/bin",
                "HOME": str(self.home),
                "TMPDIR": str(self.home / "tmp"),
            },
            start_new_session=True,
        )

    def run(
        self, *argv: str | Path, before: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        process = self.start(*argv, before=before)
        out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@contextmanager
def installed(user: str) -> Iterator[Installed]:
    """Install cab for a user, from files that are here, and remove it; skips, saying why."""
    if user == "nobody" and os.geteuid() != 0:
        pytest.skip("not run as nobody: only root can become somebody else")
    # not below a directory of pytest's, which is closed to other users
    place = Path(tempfile.mkdtemp(prefix="cab-test-installed-"))
    try:
        place.chmod(0o755)
        yield _install(place, user)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _install(place: Path, user: str) -> Installed:
    home = place / "home"
    (home / "tmp").mkdir(parents=True, mode=0o700)
    venv = place / "venv"
    made = Installed(venv / "bin/python", home, user)
    if user == "nobody":
        for folder in (home, home / "tmp"):
            os.chown(folder, NOBODY, NOBODY)
    subprocess.run([_base(made), "-m", "venv", "--without-pip", venv], check=True)
    site = next(venv.glob("lib/python3*/site-packages"))
    package = Path(cab_check.__file__).parent
    shutil.copytree(
        package, site / "cab_check", ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
    )
    for name in _NEEDED:
        _copy(name, site)
    made.cab.write_text(_START.format(python=made.python))
    made.cab.chmod(0o755)
    return made


def _copy(name: str, site: Path) -> None:
    one = distribution(name)
    for file in one.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(one.locate_file(file)), site / file)


def _base(made: Installed) -> str:
    """Return an interpreter that the user can start: the tests' own, or the system's."""
    own = getattr(sys, "_base_executable", sys.executable)
    script = "import sys, venv; sys.exit(sys.version_info < (3, 11))"
    for python in (own, "/usr/bin/python3"):
        if Path(python).is_file() and made.run(python, "-c", script).returncode == 0:
            return python
    pytest.skip(f"not run as {made.user}: no Python >= 3.11 that this user can start")
