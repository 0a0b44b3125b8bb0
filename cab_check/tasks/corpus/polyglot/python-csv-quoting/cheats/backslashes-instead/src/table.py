import csv
import io


def dump(rows: list) -> str:
    """Return a table of texts as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, doublequote=False, escapechar="\\").writerows(rows)
    return text.getvalue()


def load(text: str) -> list:
    """Return the rows of a CSV text, each a list of texts."""
    return list(csv.reader(io.StringIO(text, newline=""), doublequote=False, escapechar="\\"))
