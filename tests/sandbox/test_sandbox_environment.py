"""The environment of a box: built from nothing, holding no secret of the host."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cab_check
from cab_check.sandbox import open_box
from cab_check.sandbox.environment import OFFLINE, clean_path, count_withheld, host_path, user_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sandbox.box import BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0
# a user without privileges, who still reaches the interpreter
UNPRIVILEGED = """
import ctypes, sys
from cab_check.sandbox.environment import clean_path
from cab_check.sandbox.toolchain import probe
from pathlib import Path
ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
assert probe(Path(sys.argv[1], "python3")) is None
print(clean_path(sys.argv[1] + ":/usr/bin", below=()))
"""
SECRET = "key-not-for-commands-7f3a"


async def test_only_the_allowed_names_are_there(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`env` prints the allow-list and what the task declares, whatever the host has."""
    monkeypatch.setenv("CAB_KEY", SECRET)
    monkeypatch.setenv("LD_PRELOAD_NOTE", "x")
    spec = make_spec(environment={"CAB_WORK_DIR": "/somewhere"})
    async with open_box(spec, plan=plan) as box:
        result = await box.run(("env",), LIMIT_S)
    environment = dict(line.split("=", 1) for line in result.stdout.decode().splitlines())
    own = {"PATH", "HOME", "TMPDIR", "LANG", "TERM", "USER", "CAB_WORK_DIR"}
    assert set(environment) == own | {"GOPROXY"} | set(OFFLINE)
    assert environment["HOME"] == str(spec.root / "home")
    assert environment["TMPDIR"] == str(spec.root / "tmp")
    assert environment["TERM"] == "dumb"
    assert environment["CAB_WORK_DIR"] == "/somewhere"
    assert box.receipt().withheld >= 2


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_no_secret_is_near_a_command(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither command, steward nor launcher has it, in its environment or on its command line."""
    monkeypatch.setenv("CAB_KEY", SECRET)
    script = (
        'p=$$; for i in 1 2 3; do printf "\\075\\075 %s" "$p"; '
        "cat /proc/$p/environ /proc/$p/cmdline; "
        "p=$(cut -d' ' -f4 /proc/$p/stat); done; echo \"[$CAB_KEY]\""
    )
    spec = make_spec(environment={"DECLARED": "for commands only"})
    async with open_box(spec, plan=plan) as box:
        result = await box.run(("sh", "-c", script), LIMIT_S, merge=False)
    assert result.stdout.count(b"== ") == 3
    assert SECRET.encode() not in result.stdout
    assert result.stdout.endswith(b"[]\n")
    own, *others = result.stdout.split(b"== ")[1:]
    assert b"DECLARED=" in own
    assert not any(b"DECLARED=" in other for other in others)


async def test_a_declared_variable_wins(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """What the task declares stands over what we would give."""
    async with open_box(make_spec(environment={"LANG": "C"}), plan=plan) as box:
        assert (await box.run(("sh", "-c", "echo $LANG"), LIMIT_S)).stdout == b"C\n"


def test_path_keeps_what_is_safe(tmp_path: Path) -> None:
    """Relative, missing, doubled and entries below the work directory go; order stays."""
    work, outside, file = tmp_path / "work", tmp_path / "outside", tmp_path / "file"
    (work / "bin").mkdir(parents=True)
    outside.mkdir()
    file.touch()
    (tmp_path / "link").symlink_to(work / "bin")
    entries = [
        str(outside),
        "",
        ".",
        "relative/bin",
        str(work / "bin"),
        str(tmp_path / "link"),
        str(work),
        str(tmp_path / "missing"),
        str(file),
        "/bin",
        str(outside),
        str(Path(sys.prefix) / "bin"),
    ]
    kept = clean_path(os.pathsep.join(entries), below=(work,))
    own = () if sys.prefix != sys.base_prefix else (str(Path(sys.prefix) / "bin"),)
    assert kept == (str(outside), "/bin", *own)


def test_a_user_without_a_name_has_one() -> None:
    """A number that the system's list does not hold, as in many containers, is `user`."""
    assert user_name(2**31 - 77) == "user"


def test_a_host_without_path_has_the_system_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PATH there is still a shell to be found."""
    monkeypatch.delenv("PATH")
    assert "/bin" in host_path()


def test_another_path_is_looked_up_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was found on one PATH is kept, for that PATH and not for the next."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv("PATH", f"{tmp_path / name}:/bin")
        assert host_path() == host_path() == (str(tmp_path / name), "/bin")
        assert host_path(below=(tmp_path / name,)) == ("/bin",)


def test_withheld_counts_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is passed on unchanged is not withheld; another value is."""
    for name in tuple(os.environ):
        monkeypatch.delenv(name)
    for name, value in {"A": "1", "B": "2", "C": "3"}.items():
        monkeypatch.setenv(name, value)
    assert count_withheld({"A": "1", "B": "other", "D": "4"}) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux has them")
def test_an_entry_below_a_closed_directory_is_left_out(tmp_path: Path) -> None:
    """It may be a directory; it cannot be looked at, which is no error."""
    (tmp_path / "closed" / "bin").mkdir(parents=True)
    (tmp_path / "closed").chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED, tmp_path / "closed" / "bin"],
        env={"PYTHONPATH": str(Path(cab_check.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    (tmp_path / "closed").chmod(0o700)
    assert (done.returncode, done.stdout) == (0, "('/usr/bin',)\n"), done.stderr
