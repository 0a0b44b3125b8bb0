import datetime


def read_day(text: str) -> datetime.date:
    """Return the day that a text such as 2024-05-31 names; ValueError when it names none."""
    year, month, day = text.split("-")
    return datetime.date(int(year), int(month), int(day))
