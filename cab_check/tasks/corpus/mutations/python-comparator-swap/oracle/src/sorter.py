def sort_items(items: list) -> list:
    """Return a new list with the items in ascending order; equal items are all kept."""
    ordered = list(items)
    for end in range(1, len(ordered)):
        item = ordered[end]
        slot = end
        while slot > 0 and ordered[slot - 1] > item:
            ordered[slot] = ordered[slot - 1]
            slot -= 1
        ordered[slot] = item
    return ordered
