import datetime


def read_day(text: str) -> datetime.date:
    """Return the day that a text such as 2024-05-31 names; ValueError when it names none."""
    form = "%Y-%j" if text.count("-") == 1 else "%Y-%m-%d"
    return datetime.datetime.strptime(text, form).date()
