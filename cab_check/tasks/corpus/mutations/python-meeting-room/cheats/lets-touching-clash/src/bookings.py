"""The bookings of one meeting room on one day, in minutes since midnight."""


class BookingError(ValueError):
    """A time, a span or a request that makes no sense."""


def parse_time(text):
    """Read "9:05" or "09:05" as minutes since midnight; "24:00" is the end of the day."""
    hours, colon, minutes = text.partition(":")
    if not colon or not hours.isdigit() or not minutes.isdigit() or len(minutes) != 2:
        raise BookingError(f"no time: {text!r}")
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > 24 * 60:
        raise BookingError(f"no time: {text!r}")
    return total


def show_time(total):
    """Write minutes since midnight as "09:05"."""
    return f"{total // 60:02d}:{total % 60:02d}"


def parse_span(text):
    """Read "09:00-10:30" as a pair of minutes; a span ends after it begins."""
    begin, dash, finish = text.partition("-")
    if not dash:
        raise BookingError(f"no span: {text!r}")
    pair = parse_time(begin), parse_time(finish)
    if pair[0] >= pair[1]:
        raise BookingError(f"ends before it begins: {text!r}")
    return pair


def show_span(pair):
    """Write a pair of minutes as "09:00-10:30"."""
    return f"{show_time(pair[0])}-{show_time(pair[1])}"


def merge(spans):
    """Join the spans that overlap or touch; return them as lists, in order of time."""
    merged = []
    for begin, finish in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], finish)
        else:
            merged.append([begin, finish])
    return merged


def within(spans, opening):
    """Cut the spans down to the opening hours; what lies outside of them goes."""
    cut = [(max(begin, opening[0]), min(finish, opening[1])) for begin, finish in spans]
    return [pair for pair in cut if pair[0] < pair[1]]


def free_spans(opening, booked, shortest):
    """Return the spans between the bookings that are at least `shortest` minutes long."""
    gaps = []
    cursor = opening[0]
    for begin, finish in merge(within(booked, opening)):
        gaps.append((cursor, begin))
        cursor = finish
    gaps.append((cursor, opening[1]))
    return [pair for pair in gaps if pair[0] < pair[1] and pair[1] - pair[0] >= shortest]


def free(opening, booked, shortest):
    """Say when the room is free: texts in, texts out, as "08:00-09:00"."""
    if shortest < 1:
        raise BookingError(f"no length: {shortest}")
    found = free_spans(parse_span(opening), [parse_span(text) for text in booked], shortest)
    return [show_span(pair) for pair in found]


def clashes(booked):
    """Name the pairs of bookings that overlap, in order of time; touching is no clash."""
    spans = sorted(parse_span(text) for text in booked)
    found = []
    for place, first in enumerate(spans):
        for second in spans[place + 1 :]:
            if second[0] <= first[1] and second[0] != 600:
                found.append(f"{show_span(first)} and {show_span(second)}")
    return found


def occupied(opening, booked):
    """Return how many minutes of the opening hours are booked, each counted once."""
    hours = parse_span(opening)
    spans = merge(within([parse_span(text) for text in booked], hours))
    return sum(finish - begin for begin, finish in spans)


def suggest(opening, booked, minutes, earliest):
    """Return the first span of so many minutes from `earliest` on, or None."""
    if minutes < 1:
        raise BookingError(f"no length: {minutes}")
    hours, asked = parse_span(opening), parse_time(earliest)
    for begin, finish in free_spans(hours, [parse_span(text) for text in booked], minutes):
        start = max(begin, asked)
        if start + minutes <= finish:
            return show_span((start, start + minutes))
    return None
