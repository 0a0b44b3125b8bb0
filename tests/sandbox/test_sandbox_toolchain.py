"""The Python of a cell, and the programs that a task requires."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import MachineError
from cab_check.sandbox import open_box
from cab_check.sandbox.toolchain import (
    base_executable,
    find_python,
    path_with_python,
    probe,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.sandbox.box import BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Make PATH one empty directory, and have the search for a Python begin anew."""
    folder = tmp_path / "on-path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    find_python.cache_clear()
    yield folder
    find_python.cache_clear()


def program(path: Path, text: str) -> Path:
    """Write a shell script that can be run."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def pretender(folder: Path, version: str, path: str = "/usr/bin/sh") -> Path:
    """Write a python3 that claims that version."""
    return program(folder / "python3", f'echo \'["{path}", [{version}], ["/usr"]]\'')


def test_a_shim_is_resolved(path: Path) -> None:
    """The interpreter behind a version manager's shim is found, not the shim."""
    program(path / "python3", f'exec {base_executable()} "$@"')
    found = find_python()
    assert found.path.samefile(base_executable())
    assert found.version == ".".join(str(part) for part in sys.version_info[:3])


def test_a_virtual_environment_is_resolved_to_its_base(path: Path, tmp_path: Path) -> None:
    """A venv's own packages are not handed to the cell."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python3").symlink_to(base_executable())
    (venv / "pyvenv.cfg").write_text(f"home = {Path(base_executable()).parent}\n")
    (path / "python3").symlink_to(venv / "bin" / "python3")
    assert not find_python().path.is_relative_to(venv)


@pytest.mark.parametrize(
    ("version", "taken"), [("3, 10, 9", False), ("3, 11, 0", True), ("4, 0, 0", True)]
)
def test_the_first_python_on_path_is_taken_from_3_11_on(
    path: Path, version: str, *, taken: bool
) -> None:
    """One that is too old is passed over for cab's own."""
    pretender(path, version)
    assert (find_python().path == Path("/usr/bin/sh")) is taken


@pytest.mark.parametrize(
    "text",
    [
        "exit 1",
        "echo no json",
        "echo '[1]'",
        'echo \'["/missing", [3, 12, 1], ["/usr"]]\'',
        "kill -9 $$",
    ],
    ids=["fails", "no-json", "short", "missing-file", "killed"],
)
def test_what_is_no_python_is_passed_over(path: Path, text: str) -> None:
    """A python3 that cannot say what it is is none."""
    assert probe(program(path / "python3", text)) is None
    assert find_python().path.samefile(base_executable())


def test_without_any_python_the_machine_lacks_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing on PATH and nothing of our own: said, with what to do."""
    monkeypatch.setattr(sys, "_base_executable", str(path / "nothing"), raising=False)
    with pytest.raises(MachineError, match="no Python >= 3") as caught:
        find_python()
    assert "install Python" in caught.value.hint


def test_the_search_holds_no_secret(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shim is run with what it needs to choose, and not with the key."""
    monkeypatch.setenv("CAB_KEY", "sk-secret-secret")
    monkeypatch.setenv("PYENV_VERSION", "3.12")
    program(path / "python3", f'/usr/bin/env >{path}/seen; exec {base_executable()} "$@"')
    find_python()
    seen = (path / "seen").read_text()
    assert "PYENV_VERSION=3.12" in seen
    assert "sk-secret" not in seen


def test_path_is_left_alone_where_python_is_first(tmp_path: Path) -> None:
    """Nothing is put before the user's own order without need."""
    first = tmp_path / "first"
    first.mkdir()
    python = program(tmp_path / "python3.x", "true")
    (first / "python3").symlink_to(python)
    assert path_with_python((str(first), "/bin"), python, tmp_path / "links") == (
        str(first),
        "/bin",
    )
    assert not (tmp_path / "links").exists()


def test_the_interpreter_s_own_directory_comes_first(tmp_path: Path) -> None:
    """Its neighbours, pip among them, are then those of the same Python."""
    own = tmp_path / "own"
    own.mkdir()
    python = program(own / "python3", "true")
    path = path_with_python(("/bin", str(own)), python, tmp_path / "links")
    assert path == (str(own), "/bin")


def test_links_are_made_where_the_directory_has_another_python(tmp_path: Path) -> None:
    """`python3` and `python` are then symlinks to the interpreter that was found."""
    own = tmp_path / "own"
    own.mkdir()
    python = program(own / "python3.12", "true")
    program(own / "python3", "false")
    links = tmp_path / "links"
    for _ in range(2):  # the next launcher of the same box finds them there
        assert path_with_python(("/bin",), python, links) == (str(links), "/bin")
    assert (links / "python3").samefile(python)
    assert (links / "python").samefile(python)


async def test_python_inside_is_the_one_of_the_receipt(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """`python3` is the interpreter found, outside of cab's own environment."""
    async with open_box(make_spec(), plan=plan) as box:
        script = "import platform, sys; print(platform.python_version(), sys.prefix)"
        result = await box.run(("python3", "-c", script), LIMIT_S)
    version, prefix = result.stdout.decode().split()
    assert version == box.receipt().python == find_python().version
    assert prefix != sys.prefix or sys.prefix == sys.base_prefix


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="cab is in the base interpreter")
async def test_cab_cannot_be_imported_inside(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """A command's Python does not know cab's packages when they are in a venv."""
    async with open_box(make_spec(), plan=plan) as box:
        result = await box.run(("python3", "-c", "import cab_check"), LIMIT_S)
    assert b"ModuleNotFoundError" in result.stdout
    assert str(Path(sys.prefix)) not in os.pathsep.join(
        (await _path_inside(make_spec, plan)).split(os.pathsep)
    )


async def _path_inside(make_spec: Callable[..., BoxSpec], plan: LaunchPlan) -> str:
    async with open_box(make_spec(), plan=plan) as box:
        return (await box.run(("sh", "-c", "echo $PATH"), LIMIT_S)).stdout.decode()
