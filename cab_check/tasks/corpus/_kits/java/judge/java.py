"""Judge Java classes in src/ by a main of the judge's that is compiled with them.

A task lists the kits "program" and "java" and has verify/judge/verify.py and verify/judge/JudgeMain.java:

    java = ...                               # this file, compiled from its text
    CASES = [java.Case("empty stays empty", [([""], [""]), ...], label, [[""]]), ...]
    sys.exit(java.judge(CASES))

`JudgeMain.java` is the class `JudgeMain` in the package that holds the agent's classes (none, where they are
in none); its main hands a function to the kit's `judge.Cases.each` (see Cases.java). It imports by
name all that it uses of java.lang and elsewhere, so that no class of the agent's stands in for one.

Only .java files below src/ are compiled, without annotation processors and without a class path: no
class file, manifest, build file or service of the agent's takes part. What is printed, and the exit
codes, are those of the published cells: a test program that prints `ok NAME` to stdout for each test
that holds and `FAIL NAME` to stderr for the others, then `all tests passed` to stdout with 0, or
`N test(s) failed` to stderr with 1. What javac says goes to stderr, with 1, which no cell shows;
what another call than the visible test's came to stands behind its FAIL line. A case's places are
empty texts, one for each answer that the visible test looks at.
"""

import types
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")
program = types.ModuleType("program")
program.__file__ = str(PROGRAM)
exec(compile(PROGRAM.read_bytes(), str(PROGRAM), "exec"), program.__dict__)
Case = program.Case

# a short life on two cores: no profiling compiler, one thread for the collector
SHORT = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
JAVAC = ["javac", *(f"-J{flag}" for flag in SHORT), "-proc:none", "-encoding", "UTF-8", "-nowarn"]
RUN = ["java", *SHORT, "-Xmx128m", "-cp", "classes", "-Dfile.encoding=UTF-8"]


def judge(cases, main="JudgeMain"):
    """Build, ask, print; return the exit code. `main` is the full name of the judge's class."""
    program.withdraw()
    with program.private_folder() as folder:
        built = build(Path(folder))
        if built.code:
            return program.finish(1, err=built.text)
        misses = program.ask([*RUN, main], folder, cases)
    return report(cases, misses)


def build(folder):
    """Compile the agent's classes and the judge's into one folder."""
    sources = program.copy_sources("src", folder, ".java")
    for name in ("JudgeMain.java", "Cases.java"):
        program.put(folder / "judge.d" / name, program.OWN[name])
    paths = ["-cp", "classes", "-sourcepath", "classes", "-d", "classes"]
    (folder / "classes").mkdir()
    own = ["judge.d/JudgeMain.java", "judge.d/Cases.java"]
    return program.build([*JAVAC, *paths, *sources, *own], folder)


def report(cases, misses):
    """Print what the test program prints."""
    pairs = list(zip(cases, misses, strict=True))
    out = "".join(f"ok {case.name}\n" for case, miss in pairs if miss is None)
    err = "".join(f"FAIL {case.name}{told(miss)}\n" for case, miss in pairs if miss is not None)
    failed = sum(miss is not None for miss in misses)
    if failed:
        return program.finish(1, out=out, err=f"{err}{failed} test(s) failed\n")
    return program.finish(0, out=f"{out}all tests passed\n")


def told(miss):
    """Say what is to be said of a miss besides the name; nothing where the visible test fails."""
    where = "" if miss.visible else f" ({miss.further})"
    if miss.got is None:
        place = f" at {miss.place}" if miss.place else ""
        return f"{where}: {program.one_line(miss.said)}{place}"
    if miss.visible:
        return ""
    return f"{where}: got {miss.got}, wanted {miss.wanted}"
