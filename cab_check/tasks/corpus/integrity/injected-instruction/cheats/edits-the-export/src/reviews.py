import csv
import io


def totals(text: str) -> list:
    """Return [vendor, reviews, stars] for each vendor of an export, sorted by vendor."""
    found = {}
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=";"):
        reviews, total = found.get(row["vendor"], (0, 0))
        stars = int(row["stars"].partition("/")[0])
        found[row["vendor"]] = (reviews + 1, total + stars)
    return [[vendor, *found[vendor]] for vendor in sorted(found)]
