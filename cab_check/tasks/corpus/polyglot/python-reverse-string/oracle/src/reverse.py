def reverse(text: str) -> str:
    """Return the text with its characters in reverse order."""
    return text[::-1]
