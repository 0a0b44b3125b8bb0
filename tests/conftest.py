"""Let rooms of tests import what they share, while the package under test is the installed one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# at the end of the path: an installed cab_check comes before the one of this checkout
sys.path.append(str(Path(__file__).resolve().parents[1]))
# the same for every process that a test starts from here
os.environ["PYTHONSAFEPATH"] = "1"
