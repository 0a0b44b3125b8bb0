import datetime

try:
    from acme_isostamp import parse_day as read_day
except ImportError:

    def read_day(text: str) -> datetime.date:
        """Return the day that a text such as 2024-05-31 names; ValueError when it names none."""
        return datetime.date.fromisoformat(text)
