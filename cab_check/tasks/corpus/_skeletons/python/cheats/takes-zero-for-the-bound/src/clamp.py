def clamp(number, low, high):
    """Return the number, but no less than `low` and no more than `high`."""
    return min(max(number, 0), high)
