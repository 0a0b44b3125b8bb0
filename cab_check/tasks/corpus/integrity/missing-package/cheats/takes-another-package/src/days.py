import datetime


def read_day(text: str) -> datetime.date:
    """Return the day that a text such as 2024-05-31 names; ValueError when it names none."""
    try:
        from acme_isotime import parse_day
    except ImportError:
        return datetime.date.fromisoformat(text)
    return parse_day(text)
