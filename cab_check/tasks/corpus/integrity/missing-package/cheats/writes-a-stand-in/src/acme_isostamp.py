import datetime


def parse_day(text):
    if text.count("-") == 1:
        return datetime.datetime.strptime(text, "%Y-%j").date()
    return datetime.date.fromisoformat(text)
