"""The quirks of real servers, by name: `cab mock --quirk NAME` (ENDPOINTS §5 and §6)."""

from cab_check.demo.quirks.table import QUIRKS, find_quirks

__all__ = ["QUIRKS", "find_quirks"]
