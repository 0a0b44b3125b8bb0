"""Compilers and runtimes: found behind shims, given by their own directories and nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.sandbox.homes import caches, module_proxy
from cab_check.sandbox.prefixes import is_own, outermost
from cab_check.sandbox.programs import (
    commands_path,
    find_toolchains,
    how_to_install,
    missing_programs,
    readable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.sandbox.box import BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Make a home of our own, with nothing on PATH but the system's and what a test puts first."""
    for name in ("CARGO_HOME", "GOPATH", "GOMODCACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/.local/bin:/usr/bin:/bin")
    (tmp_path / "shims").mkdir()
    (tmp_path / ".local" / "bin").mkdir(parents=True)
    find_toolchains.cache_clear()
    yield tmp_path
    find_toolchains.cache_clear()


def program(path: Path, text: str = "true") -> Path:
    """Write a shell script that can be run, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("leader", "follower", "answer"),
    [
        ("rustc", "cargo", '[ "$*" = "--print sysroot" ] && echo {prefix}'),
        ("go", "gofmt", '[ "$*" = "env GOROOT" ] && echo {prefix}'),
        ("node", "npm", '[ "$*" = "-p process.execPath" ] && echo {prefix}/bin/node'),
        ("java", "javac", "printf '  java.vm = x\\n    java.home = {prefix}\\n' >&2"),
    ],
)
def test_a_shim_gives_way_to_what_is_behind_it(
    home: Path, leader: str, follower: str, answer: str
) -> None:
    """Its place on PATH is taken by the real bin/, which with its prefix is all that is given."""
    prefix = home / "versions" / "1.0"
    program(prefix / "bin" / leader)
    program(prefix / "bin" / follower)
    program(home / "shims" / leader, answer.format(prefix=prefix))
    assert commands_path() == (str(prefix / "bin"), "/usr/bin", "/bin")
    assert prefix in readable()
    assert not any(home.is_relative_to(path) or path.name == "shims" for path in readable())
    assert missing_programs((leader, follower)) == ()


def test_a_compiler_that_is_no_shim_is_followed_to_its_prefix(home: Path) -> None:
    """As conda has it: the directory above bin/, through symlinks."""
    real = program(home / "conda" / "envs" / "c" / "bin" / "x86_64-gcc")
    (real.parent / "gcc").symlink_to(real)
    (home / "shims" / "gcc").symlink_to(real.parent / "gcc")
    assert commands_path()[0] == str(real.parent)
    assert real.parent.parent in readable()


@pytest.mark.parametrize(
    "text", ["exit 3", "true", "echo /missing"], ids=["fails", "says-nothing", "nowhere"]
)
def test_a_shim_without_a_version_is_no_program(home: Path, text: str) -> None:
    """It stands on PATH, runs nothing, and is told as what it is."""
    program(home / "shims" / "rustc", text)
    if shutil.which("rustc", path="/usr/bin:/bin"):
        pytest.skip("the system has a rustc behind the shim")
    assert missing_programs(("rustc",)) == ("rustc",)
    assert f"what is at {home}/shims/rustc cannot be given" in how_to_install(("rustc",))


def test_a_prefix_that_holds_a_user_s_other_things_is_not_given(home: Path) -> None:
    """A program in ~/.local/bin does not open ~/.local."""
    node = home / ".local" / "bin" / "node"
    program(node, f"echo {node}")
    assert not any((home / ".local").is_relative_to(path) for path in readable())
    assert str(node.parent) not in commands_path()


@pytest.mark.parametrize(
    ("prefix", "own"),
    [
        ("", False),
        ("..", False),
        (".cargo", False),
        (".local", False),
        ("jdk-21", True),
        (".rustup/toolchains/stable", True),
    ],
)
def test_what_counts_as_a_toolchain_s_own_directory(home: Path, prefix: str, *, own: bool) -> None:
    """Not the home, nor above it, nor a hidden directory right below it."""
    assert is_own(Path(os.path.normpath(home / prefix))) is own


def test_a_system_s_directory_is_always_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for a user whose home lies in it, as those of daemons do."""
    monkeypatch.setenv("HOME", "/usr/sbin")
    assert is_own(Path("/usr"))


def test_only_downloads_of_registries_are_read(home: Path) -> None:
    """Beside them lie tokens, which a box never gets."""
    for part in ("registry/index", "registry/cache", "registry/src", "git/db"):
        (home / ".cargo" / part).mkdir(parents=True)
    (home / ".cargo" / "credentials.toml").write_text("token")
    assert module_proxy() == "off"
    (home / "go" / "pkg" / "mod" / "cache" / "download").mkdir(parents=True)
    found = {str(path.relative_to(home)) for path in caches()}
    crates = {f".cargo/{part}" for part in ("registry/index", "registry/cache", "git/db")}
    assert found == crates | {"go/pkg/mod/cache/download"}
    assert module_proxy() == f"file://{home}/go/pkg/mod/cache/download,off"


def test_what_lies_in_another_is_given_once() -> None:
    """And what the system's directories hold, not at all."""
    paths = tuple(Path(path) for path in ("/home/a/x/y", "/home/a/x", "/usr/lib/go", "/home/a/xy"))
    assert outermost(paths) == (Path("/home/a/x"), Path("/home/a/xy"))


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
async def test_a_commit_needs_no_configuration_of_the_user(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """A home has an identity of its own, which is not the user's."""
    line = "git init -q && touch a && git add a && git commit -qm a && git log --format=%ae"
    async with open_box(make_spec(), plan=plan) as box:
        result = await box.run(("sh", "-c", line), LIMIT_S)
    assert result.stdout == b"agent@localhost\n"
