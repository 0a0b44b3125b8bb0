"""Judge each function of bookings on days drawn for this run, worked out here minute by minute."""

import random
import types
from pathlib import Path

# Compiled from its text: an import could be answered by a cache that was planted.
CASES = Path(__file__).with_name("cases.py")
cases = types.ModuleType("cases")
exec(compile(CASES.read_bytes(), str(CASES), "exec"), cases.__dict__)
kit = cases.part("kit")

DRAW = random.SystemRandom()
HOURS = (480, 1080)
OPENING = "08:00-18:00"


def clock(total):
    """Write minutes as a time of day."""
    return "%02d:%02d" % divmod(total, 60)


def shown(pair):
    """Write a pair of minutes."""
    return f"{clock(pair[0])}-{clock(pair[1])}"


def runs(minutes):
    """Gather minutes into pairs of where a run begins and where it is over."""
    found = []
    for minute in sorted(minutes):
        if found and found[-1][1] == minute:
            found[-1][1] = minute + 1
        else:
            found.append([minute, minute + 1])
    return found


def taken(day):
    """Return the minutes of the opening hours that are booked."""
    return {at for begin, over in day for at in range(begin, over)} & set(range(*HOURS))


def right_merge(day):
    """Join what overlaps or touches."""
    return runs({at for begin, over in day for at in range(begin, over)})


def right_gaps(day, least):
    """Return the gaps that are long enough."""
    gaps = runs(set(range(*HOURS)) - taken(day))
    return [gap for gap in gaps if gap[1] - gap[0] >= least]


def right_pairs(day):
    """Name the pairs that share a minute."""
    ordered = sorted(day)
    return [
        f"{shown(one)} and {shown(two)}"
        for at, one in enumerate(ordered)
        for two in ordered[at + 1 :]
        if set(range(*one)) & set(range(*two))
    ]


def right_first(day, least, asked):
    """Find the first start from which so many minutes are free."""
    left = set(range(*HOURS)) - taken(day)
    for start in range(max(asked, HOURS[0]), HOURS[1]):
        if set(range(start, start + least)) <= left:
            return shown((start, start + least))
    return None


def drawn(step):
    """Draw a day; a coarse step makes bookings touch."""
    day = set()
    for _ in range(DRAW.randint(1, 6)):
        begin = DRAW.randrange(360, 1140, step)
        day.add((begin, begin + step * DRAW.randint(1, 8)))
    return sorted(day, key=lambda _: DRAW.random())


DAYS = [drawn(step) for step in (30, 30, 30, 20, 15, 7) for _ in range(12)]
TEXTS = [[shown(pair) for pair in day] for day in DAYS]
LEASTS = [DRAW.choice([1, 15, 20, 30, 60, 61]) for _ in DAYS]
STARTS = [DRAW.randrange(420, 1080, 15) for _ in DAYS]
PLAN = {
    "merge": [([[list(pair) for pair in day]], right_merge(day)) for day in DAYS],
    "free": [
        ([OPENING, text, least], [shown(gap) for gap in right_gaps(day, least)])
        for day, text, least in zip(DAYS, TEXTS, LEASTS)
    ],
    "clashes": [([text], right_pairs(day)) for day, text in zip(DAYS, TEXTS)],
    "occupied": [([OPENING, text], len(taken(day))) for day, text in zip(DAYS, TEXTS)],
    "suggest": [
        ([OPENING, text, least, clock(asked)], right_first(day, least, asked))
        for day, text, least, asked in zip(DAYS, TEXTS, LEASTS, STARTS)
    ],
    "parse_time": [([clock(at)], at) for at in (0, 59, 60, 599, 1439, 1440)] + [(["9:05"], 545)],
}
WRONG = {
    "parse_time": [["9"], ["9:5"], ["09:60"], ["24:01"], ["-1:00"], ["x:00"]],
    "parse_span": [["09:00"], ["10:00-10:00"], ["11:00-10:00"]],
    "free": [[OPENING, [], 0], [OPENING, ["11:00-10:00"], 30]],
    "suggest": [[OPENING, [], 0, "09:00"]],
}


report = cases.Cases()
for name, calls in PLAN.items():
    (answers,) = kit.ask("bookings", name, [[arguments for arguments, _ in calls]])
    problem = str(answers) if isinstance(answers, kit.NoAnswerError) else None
    for (arguments, wanted), answer in zip(calls, () if problem else answers):
        if not kit.same(answer.get("value", answer), wanted):
            got = cases.shown(answer.get("value", answer))
            problem = f"{name}{tuple(arguments)} is {got}, wanted was {cases.shown(wanted)}"
            break
    report.note(name, problem)
for name, calls in WRONG.items():
    (answers,) = kit.ask("bookings", name, [calls])
    problem = str(answers) if isinstance(answers, kit.NoAnswerError) else None
    for arguments, answer in zip(calls, () if problem else answers):
        if not str(answer.get("raised", "")).startswith("BookingError: "):
            problem = f"{name}{tuple(arguments)} raises no BookingError"
            break
    report.note(f"{name}, refused", problem)
report.end()
