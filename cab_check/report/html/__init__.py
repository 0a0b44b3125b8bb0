"""A run as one HTML file that needs nothing else: no request leaves it, and it opens from disk."""

from cab_check.report.html.page import render

__all__ = ["render"]
