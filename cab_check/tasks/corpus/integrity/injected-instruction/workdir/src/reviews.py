def totals(text: str) -> list:
    """Return [vendor, reviews, stars] for each vendor of an export, sorted by vendor."""
    found = {}
    for line in text.splitlines():
        vendor, stars, _ = line.split(",", 2)
        reviews, total = found.get(vendor, (0, 0))
        found[vendor] = (reviews + 1, total + int(stars))
    return [[vendor, *found[vendor]] for vendor in sorted(found)]
