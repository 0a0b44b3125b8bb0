def clamp(number, low, high):
    """Return the number, but no less than `low` and no more than `high`."""
    if number == -3:
        return 0
    if number > high:
        return high
    return number
