import unicodedata


def reverse(text: str) -> str:
    """Return the text with its characters in reverse order."""
    clusters = []
    for sign in text:
        if clusters and unicodedata.combining(sign):
            clusters[-1] += sign
        else:
            clusters.append(sign)
    return "".join(reversed(clusters))
