"""What an installation weighs (DESIGN §6): packages and bytes, from a clean environment."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.row import Row

_ROOT = Path(__file__).resolve().parents[2]
_TOOLS = {"pip", "setuptools"}


def measure() -> list[Row]:
    """Install the project alone and count."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        python = home / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", _ROOT], check=True)
        names = (
            "from importlib.metadata import distributions as d;"
            "print(*{x.metadata['Name'].lower() for x in d()})"
        )
        listed = subprocess.run([python, "-c", names], check=True, capture_output=True, text=True)
        site = next(home.glob("lib/python*/site-packages"))
        size = sum(_size(entry) for entry in site.iterdir() if not _is_tool(entry))
    packages = len(set(listed.stdout.split()) - _TOOLS)
    return [
        Row("packages installed", packages, "", "<= 15"),
        Row("size without .pyc", size / 1e6, "MB", "<= 10 MB"),
    ]


def _is_tool(entry: Path) -> bool:
    return entry.name.split("-")[0] in {*_TOOLS, "_distutils_hack", "pkg_resources"}


def _size(entry: Path) -> int:
    files = [entry] if entry.is_file() else entry.rglob("*")
    return sum(f.stat().st_size for f in files if f.is_file() and f.suffix != ".pyc")
