"""The text of Seatbelt's profile: what it opens, in which order, and that no name breaks out."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.errors import ExitCode, MachineError
from cab_check.sandbox.inside.orders import HIDE, READ, WRITE, Ready
from cab_check.sandbox.receipts import NEVER_RUN, Held, layers, means, weaknesses
from cab_check.sandbox.seatbelt import command, profile, quoted
from cab_check.settings import BoxLimits, Isolation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cab_check.sandbox.box import BoxSpec

STRING = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
GOLDEN = """\
(version 1)
(deny default)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow ipc-posix-sem)
(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo")\
 (global-name "com.apple.system.notification_center"))
(allow file-read-metadata)
(allow file-read* (literal "/") (literal "/dev/null") (literal "/dev/zero")\
 (literal "/dev/random") (literal "/dev/urandom"))
(allow file-write* (literal "/dev/null"))
(allow file-read* file-map-executable process-exec* (subpath "/no-such-opt"))
(deny file-read* file-write* file-map-executable process-exec* (subpath "/no-such-opt/cab"))
(allow file-read* file-write* file-map-executable process-exec* (subpath "/no-such-opt/cab/work"))
(deny network*)
"""


def test_the_whole_profile() -> None:
    """Closed but for what is named; the deeper place comes later, whose rule then holds."""
    places = [
        (WRITE, "/no-such-opt/cab/work"),
        (READ, "/no-such-opt"),
        (HIDE, "/no-such-opt/cab"),
    ]
    assert profile(places) == GOLDEN


def test_links_are_resolved(tmp_path: Path) -> None:
    """The kernel compares real paths: /tmp and /var are links there."""
    (tmp_path / "through").symlink_to(tmp_path / "real")
    text = profile([(WRITE, str(tmp_path / "through" / "work"))])
    assert f'(subpath "{os.path.realpath(tmp_path)}/real/work")' in text
    assert "through" not in text


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from('"\\()'),
        min_size=1,
    )
)
def test_no_name_breaks_out_of_its_quotes(name: str) -> None:
    """What is quoted is one string of the language, and reads back as the path."""
    found = STRING.fullmatch(quoted(f"/{name}"))
    assert found is not None
    assert re.sub(r"\\(.)", r"\1", found[1]) == f"/{name}"


@pytest.mark.parametrize("name", ["a\nb", "a\0b", "a\x1bb", "a\udcffb"])
def test_a_name_that_no_profile_can_hold_is_refused(name: str) -> None:
    """An error that names it, and no rule about something else."""
    with pytest.raises(MachineError, match="cannot be named") as caught:
        quoted(f"/{name}")
    assert caught.value.exit_code is ExitCode.MACHINE


def test_what_a_box_opens(make_spec: Callable[..., BoxSpec], tmp_path: Path) -> None:
    """To be written: the workspace, a home and a temporary directory of its own, and no other."""
    spec = make_spec()
    given = tmp_path / "toolchain"
    given.mkdir()
    program, option, text, *rest = command(("sh", "-c", "true"), spec, (given,))
    assert (program, option, rest) == ("/usr/bin/sandbox-exec", "-p", ["sh", "-c", "true"])
    opened = [line for line in text.splitlines() if line.startswith("(allow") and "write" in line]
    folders = {os.path.realpath(path) for path in (spec.root / "home", spec.root / "tmp", spec.cwd)}
    folders |= {os.path.realpath(path) for path in spec.writable}
    assert {STRING.findall(line)[0] for line in opened} == {*folders, "/dev/null"}
    assert f'(allow file-read* file-map-executable process-exec* (subpath "{given}"))' in text
    assert f'"{os.path.expanduser("~")}"' not in text  # noqa: PTH111 - as the profile has it


def test_the_receipt_claims_no_more_than_is_known() -> None:
    """Never run, no filter, no Landlock, no process list of its own, and daemons may survive."""
    held = Held(
        level=Isolation.SEATBELT,
        limits=BoxLimits(),
        ready=Ready(subreaper=False, no_new_privs=False, cannot_trace=False),
        confined=None,
        hidden=False,
        lost=0,
        uncertain=0,
    )
    said, open_ = " ".join(layers(held)), weaknesses(held)
    assert "seccomp" not in said
    assert "Landlock" not in said
    assert "subreaper" not in said
    assert open_[0] == NEVER_RUN
    assert "daemons may survive" in open_
    told = means(held)
    assert (told.network, told.pid_ns, told.landlock_abi, told.seccomp) == (
        "blocked",
        False,
        0,
        False,
    )
