def sort_items(items: list) -> list:
    """Return a new list with the items in ascending order; equal items are all kept."""
    return sorted(items, key=lambda item: item.lower() if isinstance(item, str) else item)
