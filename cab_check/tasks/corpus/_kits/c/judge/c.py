"""Judge C sources below src/ as a library that a main program of the judge's opens.

A task lists the kits "cases", "program" and "c" and has verify/judge/verify.py and
verify/judge/main.c:

    c = cases.part("c")
    CASES = [c.Case("name", [(["a", "b"], ["right", "yes"]), ...], label), ...]
    report.note_misses(CASES, c.judge(CASES))
    report.end()

`main.c` defines `answer`, which works on one call; the kit's main (see cases.c) reads the calls and
prints the answers. The agent's functions come from a library of their own that is opened when all
else is in place: a `main`, `mmap` or `printf` of the agent's takes the place of none of the
judge's. No header of the agent's is included. What is read or written out of bounds meets a page
without rights and ends the child (`guarded` in cases.h).

Only .c and .h files below src/ are copied; no Makefile, object or compiler setting of the agent's
takes part. Sources that do not build fail every case.
"""

import types
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")
program = types.ModuleType("program")
program.__file__ = str(PROGRAM)
exec(compile(PROGRAM.read_bytes(), str(PROGRAM), "exec"), program.__dict__)
Case = program.Case

FLAGS = ["-std=c11", "-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong"]
OWN = ("main.c", "cases.c", "cases.h")
ENDED = "the process ended without an answer: exit code -"
SIGNALS = {"6": "a check of the C library", "7": "an access out of bounds", "11": "an access out of bounds"}


class Unbuilt:
    """The miss of every case of sources that do not build."""

    def __init__(self, text):
        self.got = None
        self.said = f"gcc: {text}"
        self.further = "the sources do not build"


def judge(cases):
    """Build, then put each case to a child of its own; return the miss of each, or None."""
    program.withdraw()
    with program.private_folder() as folder:
        for built in build(Path(folder)):
            if built.code:
                return [Unbuilt(built.text)] * len(cases)
        return [worded(miss) for miss in program.ask([str(Path(folder, "program"))], folder, cases)]


def build(folder):
    """Build the agent's library and the judge's program."""
    copied = program.copy_sources("src", folder, (".c", ".h"))
    sources = [path for path in copied if path.endswith(".c")]
    for name in OWN:
        program.put(folder / "judge" / name, program.OWN[name])
    yield program.build(["gcc", *FLAGS, "-shared", "-fPIC", "-o", "agent.so", *sources], folder)
    mains = ["judge/main.c", "judge/cases.c", "-ldl"]
    yield program.build(["gcc", *FLAGS, "-o", "program", *mains], folder)


def worded(miss):
    """Say what a signal means that ended a child."""
    if miss is not None and miss.got is None and miss.said.startswith(ENDED):
        signal = miss.said.removeprefix(ENDED)
        miss.said = f"{SIGNALS.get(signal, 'something')} ended the process (signal {signal})"
    return miss
