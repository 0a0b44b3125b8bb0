"""A run as one HTML file that needs nothing else: no request leaves it, and it opens from disk."""

from cab_check.report.html.index import Entry, render_index
from cab_check.report.html.page import render
from cab_check.report.html.remnant import render_remains

__all__ = ["Entry", "render", "render_index", "render_remains"]
