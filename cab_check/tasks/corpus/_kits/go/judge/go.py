"""Judge a Go package, in the root of its module, by a main of the judge's that imports it.

A task lists the kits "program" and "go" and has verify/judge/verify.py and verify/judge/main.go:

    go = ...                                 # this file, compiled from its text
    CASES = [go.Case("TestName", [(["a", "b"], ["right"]), ...], label, [[PLACE]]), ...]
    sys.exit(go.judge(CASES))

`main.go` is of package main, imports the agent's package by the module's path, and calls the kit's
`each` (see cases.go). A case's places are the lines that the visible test logs for texts that
differ, as "f_test.go:34: status: got {got} want {wanted}". Of a miss at another call, or another
answer, the call is named and both answers follow.

Only .go files that are no tests are built, with the fixture's own go.mod: no vendor folder, go.work,
go.sum, generator or toolchain line of the agent's takes part, nothing is downloaded, and the judge
never runs `go test`. What is printed, and the exit codes, are those of the published cells: what
`go test` says on stdout, with 1 when a test fails or the package does not build (its words then
stand on stdout too, which no cell shows).
"""

import types
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")
program = types.ModuleType("program")
program.__file__ = str(PROGRAM)
exec(compile(PROGRAM.read_bytes(), str(PROGRAM), "exec"), program.__dict__)
Case = program.Case

BUILD = ["go", "build", "-ldflags", "-s -w", "-o", "judge-program", "./judge"]
ENVIRONMENT = {
    "GO111MODULE": "on",
    "GOENV": "off",
    "GOFLAGS": "-mod=readonly",
    "GONOSUMDB": "*",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}


def judge(cases):
    """Build, ask, print; return the exit code."""
    module = (program.PRISTINE / "go.mod").read_text(encoding="utf-8").split()[1]
    program.withdraw()
    with program.private_folder() as folder:
        built = build(Path(folder))
        if built.code:
            failed = f"FAIL\t{module} [build failed]\nFAIL\n"
            return program.finish(1, out=f"{built.text}{failed}")
        misses = program.ask([str(Path(folder, "judge-program"))], folder, cases)
    return report(cases, misses, module)


def build(folder):
    """Build the judge's main over the agent's package."""
    program.copy_sources(".", folder, ".go", skip=["_test.go"])
    program.put(folder / "go.mod", (program.PRISTINE / "go.mod").read_bytes())
    for name in ("main.go", "cases.go"):
        program.put(folder / "judge" / name, program.OWN[name])
    return program.build(BUILD, folder, ENVIRONMENT)


def report(cases, misses, module):
    """Print what `go test` prints."""
    text = "".join(
        f"--- FAIL: {case.name} (0.00s)\n    {log(miss)}\n"
        for case, miss in zip(cases, misses, strict=True)
        if miss is not None
    )
    if not text:
        return program.finish(0, out=f"ok  \t{module}\t0.000s\n")
    return program.finish(1, out=f"{text}FAIL\nFAIL\t{module}\t0.000s\nFAIL\n")


def log(miss):
    """Word a miss as a test's log line."""
    if miss.got is None:
        place = f"{miss.place}: panic: " if miss.place else ""
        said = f"{place}{program.one_line(miss.said)}"
        return said if miss.visible else f"{miss.further}: {said}"
    if miss.visible:
        return miss.where.format(got=miss.got, wanted=miss.wanted)
    return f"{miss.further}: got {miss.got} want {miss.wanted}"
