"""A machine that denies every level: cab stops, says why, and what can be done."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

# refuses mount (165), unshare (272) and landlock_create_ruleset (444), then becomes cab
DENY = """
import ctypes, os, struct, sys
libc, denied = ctypes.CDLL(None), (444, 272, 165)
steps = [(0x20, 0, 0, 0), *((0x15, 3 - i, 0, n) for i, n in enumerate(denied))]
steps += [(6, 0, 0, 0x7FFF0000), (6, 0, 0, 0x00050001)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.levels
@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="its system calls' numbers"
)
def test_without_any_level_cab_stops(tmp_path: Path) -> None:
    """Exit code 6 with each level's reason, a remedy and the flag; nothing was run."""
    cab = Path(sys.executable).with_name("cab")
    argv = (sys.executable, "-c", DENY, cab, "demo", "--state-dir", tmp_path / "state")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    for word in ("namespaces: ", "bubblewrap: ", "landlock: ", "install", "--isolation none"):
        assert word in done.stderr
    assert not list((tmp_path / "state").glob("runs/*"))
