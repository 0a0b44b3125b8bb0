"""Which level a box gets, and that what is said of it is true."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import ExitCode, MachineError
from cab_check.sandbox import choose, open_box, warning
from cab_check.sandbox.inside.orders import Ready
from cab_check.sandbox.receipts import Held, layers, weaknesses
from cab_check.settings import BoxLimits, Isolation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cab_check.sandbox.box import BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0
HELD = Ready(subreaper=True, no_new_privs=True, cannot_trace=True)
BARE = Ready(subreaper=False, no_new_privs=False, cannot_trace=False)


def test_none_is_had_when_it_is_asked_for() -> None:
    """It is always there, with a warning."""
    assert choose(Isolation.NONE) is Isolation.NONE
    assert "no isolation" in (warning(Isolation.NONE) or "")


def test_only_root_is_warned_of_a_level_that_isolates() -> None:
    """At every level root is told to be somebody else, and nobody else is told anything."""
    assert ("root" in (warning(Isolation.NAMESPACES) or "")) is (os.geteuid() == 0)


async def test_what_cannot_be_had_is_refused(make_spec: Callable[..., BoxSpec]) -> None:
    """No weaker level is taken in silence: exit code 6, why, and what to do."""
    absent = Isolation.SEATBELT if sys.platform == "linux" else Isolation.NAMESPACES
    with pytest.raises(MachineError, match=f"{absent.value}: there is no such level") as caught:
        choose(absent)
    assert caught.value.exit_code is ExitCode.MACHINE
    assert "--isolation none" in caught.value.hint
    with pytest.raises(MachineError):
        async with open_box(replace(make_spec(), isolation=absent)):
            pass


def test_windows_is_told_what_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """There the way is WSL2."""
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(MachineError) as caught:
        choose(Isolation.NONE)
    assert "WSL2" in caught.value.hint


async def test_the_receipt_of_a_box(make_spec: Callable[..., BoxSpec], plan: LaunchPlan) -> None:
    """Level, count of commands and the interpreter are those of that box."""
    async with open_box(make_spec(), plan=plan) as box:
        assert box.receipt().commands == 0
        assert box.receipt().python is None
        await box.run(("true",), LIMIT_S)
        await box.run(("false",), LIMIT_S)
    receipt = box.receipt()
    assert receipt.level is Isolation.NONE
    assert receipt.commands == 2
    assert receipt.python is not None
    assert any("answers readable" in sentence for sentence in receipt.weaker_than_full)
    assert not any("sandbox" in sentence for sentence in receipt.layers)


async def test_what_is_called_open_is_open(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, tmp_path: Path
) -> None:
    """Files outside can be changed and processes signalled: the sentences are true."""
    (tmp_path / "mine").write_text("before")
    async with open_box(make_spec(), plan=plan) as box:
        script = f"echo after >{tmp_path}/mine; kill -0 {os.getpid()} && echo signalled"
        result = await box.run(("sh", "-c", script), LIMIT_S)
    assert (tmp_path / "mine").read_text() == "after\n"
    assert result.stdout == b"signalled\n"
    sentences = " ".join(box.receipt().weaker_than_full)
    assert "your files can be read, changed and deleted" in sentences
    assert "signalled" in sentences


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_whether_our_own_environment_can_be_read_is_told_truly(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """The receipt says of this process's environment what a command then finds."""
    async with open_box(make_spec(), plan=plan) as box:
        result = await box.run(("cat", f"/proc/{os.getpid()}/environ"), LIMIT_S)
    can_be_read = result.exit_code == 0
    assert can_be_read is any("can be read" in s and "own" in s for s in _weaker(box.receipt()))
    assert can_be_read is not ("cab's own memory and environment cannot be read" in _layers(box))


def _weaker(receipt: object) -> tuple[str, ...]:
    return tuple(getattr(receipt, "weaker_than_full", ()))


def _layers(box: object) -> tuple[str, ...]:
    return tuple(box.receipt().layers)  # type: ignore[attr-defined]


def held(ready: Ready, **more: object) -> Held:
    """Describe a box of level none."""
    usual: dict[str, object] = {
        "level": Isolation.NONE,
        "limits": BoxLimits(),
        "ready": ready,
        "confined": None,
        "hidden": True,
        "lost": 0,
        "uncertain": 0,
    }
    return Held(**(usual | more))  # type: ignore[arg-type]


def test_a_layer_that_is_missing_is_not_claimed() -> None:
    """Each layer is claimed when the kernel granted it, and its absence is told otherwise."""
    there = layers(held(HELD))
    bare = layers(held(BARE, limits=BoxLimits(data_bytes=None), hidden=False))
    for word in ("subreaper", "set-id", "own memory", "MiB of memory"):
        assert any(word in sentence for sentence in there)
        assert not any(word in sentence for sentence in bare)


def test_a_weakness_is_told_when_it_is_there() -> None:
    """The worst case has every sentence, the best only those that `none` always has."""
    best = weaknesses(held(HELD))
    unlimited = BoxLimits(data_bytes=None)
    worst = weaknesses(held(BARE, limits=unlimited, hidden=False, lost=2, uncertain=1))
    more = set(worst) - set(best)
    assert {s for s in best if "environments of some" not in s} < set(worst)
    for word in (
        "daemons",
        "set-id",
        "only the watchdog limits memory",
        "a key in it",
        "lost 2 times",
    ):
        assert any(word in sentence for sentence in more)
    assert any("commands run as root" in sentence for sentence in best) is (os.getuid() == 0)


def test_a_launcher_that_the_kernel_swept_after_leaves_no_doubt() -> None:
    """That processes may survive is said only where nobody knows better."""
    known = weaknesses(held(HELD, level=Isolation.NAMESPACES, lost=1))
    doubtful = weaknesses(held(HELD, level=Isolation.NAMESPACES, lost=1, uncertain=1))
    assert not any("may survive" in sentence for sentence in known)
    assert any("may survive" in sentence for sentence in doubtful)
