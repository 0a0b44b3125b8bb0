"""The command line's own fixtures, for `cab doctor`."""

from __future__ import annotations

from tests.cli.conftest import _clean_environment, answering, cab, endpoint, rude

__all__ = ["_clean_environment", "answering", "cab", "endpoint", "rude"]
