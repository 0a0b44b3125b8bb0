"""Let rooms of tests import what they share, while the package under test is the installed one.

What a test starts meets its signals as a user's shell hands them on, also where the tests
themselves were started to ignore some, as under nohup.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# at the end of the path: an installed cab_check comes before the one of this checkout
sys.path.append(str(Path(__file__).resolve().parents[1]))
# the same for every process that a test starts from here
os.environ["PYTHONSAFEPATH"] = "1"
# A handler that does nothing, unlike "ignore", is not handed on to a program that is started; by
# the variable the workers of pytest-xdist do the same
_ignored = [
    name
    for name in ("SIGINT", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name) and signal.getsignal(signal.Signals[name]) is signal.SIG_IGN
]
for _name in os.environ.setdefault("TESTS_IGNORE_SIGNALS", " ".join(_ignored)).split():
    signal.signal(signal.Signals[_name], lambda *_: None)

# how long an example takes says nothing on a busy machine
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
