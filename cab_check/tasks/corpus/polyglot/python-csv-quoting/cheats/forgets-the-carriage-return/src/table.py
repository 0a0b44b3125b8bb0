import csv
import io


def dump(rows: list) -> str:
    """Return a table of texts as CSV."""
    return "".join(",".join(map(_quoted, row)) + "\r\n" for row in rows)


def load(text: str) -> list:
    """Return the rows of a CSV text, each a list of texts."""
    return list(csv.reader(io.StringIO(text.replace("\r\n", "\n"))))


def _quoted(field: str) -> str:
    if any(sign in field for sign in ',"\n'):
        doubled = field.replace('"', '""')
        return f'"{doubled}"'
    return field
