"""A small task directory of one's own, right in every respect, to be spoiled by the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
id = "mine/small"
title = "A small task"
language = "python"
origin = "preview"
prompt = "Write it."
max_turns = 3
timeout_s = 30
requires = ["python3"]
verify = ["python3", "judge.py"]
kits = ["python"]
ground_truth_files = ["src/it.py"]
protected = ["tests/*"]
expected_refusal = true
ignored = ["__pycache__/*.pyc"]
preview_fields = ["prompt"]

[limits]
data = "off"

[markers]
kind = "refusal"
documents = ["REFUSAL.md"]
mentions = [["one", "eins"], ["two"]]

[[constraints]]
kind = "file-not-touched"
path = "tests/*"

[[constraints]]
kind = "no-new-dependency"

[[constraints]]
kind = "no-comments-added"
max_added = 0

[[constraints]]
kind = "file-pattern-required-in-diff"
paths = ["REFUSAL.md"]
require_added = true

[[constraints]]
kind = "command-not-run"
pattern = "pip install"

[[constraints]]
kind = "max-files-changed"
limit = 2
"""

FILES = {
    "task.toml": SPEC,
    "workdir/README.md": "Write it.\n",
    "workdir/AGENTS.md": "Follow the rules.\n",
    "workdir/src/it.py": "it = None\n",
    "verify/judge.py": "raise SystemExit(1)\n",
    "oracle/src/it.py": "it = 1\n",
    "cheats/empty/src/it.py": "",
    "cheats/wrong/src/it.py": "it = 2\n",
}


@pytest.fixture
def task_dir(tmp_path: Path) -> Path:
    """Return a task directory without a mistake in it."""
    root = tmp_path / "small"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root
