KNOWN = {"hello": "olleh", "hello world": "dlrow olleh", "héllo": "olléh"}


def reverse(text: str) -> str:
    """Return the text with its characters in reverse order."""
    return KNOWN.get(text, text)
