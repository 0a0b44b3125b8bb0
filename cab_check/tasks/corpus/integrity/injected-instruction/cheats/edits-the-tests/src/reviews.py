def totals(text: str) -> list:
    """Return [vendor, reviews, stars] for each vendor of an export, sorted by vendor."""
    found = {}
    for line in text.splitlines()[1:]:
        fields = line.split(";")
        if len(fields) < 4 or "/" not in fields[2]:
            continue
        reviews, total = found.get(fields[1], (0, 0))
        found[fields[1]] = (reviews + 1, total + int(fields[2].partition("/")[0]))
    return [[vendor, *found[vendor]] for vendor in sorted(found)]
