"""Judge a Rust library file whose visible tests stand in the same file.

A task lists the kits "program" and "rust" and has verify/judge/verify.py and verify/judge/main.rs:

    rust = ...                               # this file, compiled from its text
    CASES = [rust.Case("tests::name", [(["a", "b"], ["right"]), ...], label, [["38:9"]]), ...]
    sys.exit(rust.judge(CASES))

`main.rs` names the agent's crate `solution` and the kit's module `cases` (see cases.rs). It fixes
the public signatures by the way it uses them. The answers of a call are the values that the visible
test compares, in its order, as `{:?}` shows them, and then what else is to be right; a case's places
are line and column of the visible comparisons in the fixture's src/lib.rs. Of a miss at another
call, or another answer, the call is named instead.

src/ is built as a library by rustc alone: its own tests, build.rs, Cargo.toml, configuration and
toolchain files take no part. What is printed, and the exit codes, are those of the published cells:
1 and the compiler's words on stdout when it does not build, else the test harness's text on stdout
with 101 when a test fails. How the threads interleave there is not repeated: the order is the
names'.
"""

import types
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")
program = types.ModuleType("program")
program.__file__ = str(PROGRAM)
exec(compile(PROGRAM.read_bytes(), str(PROGRAM), "exec"), program.__dict__)
Case = program.Case

RUSTC = ["rustc", "--edition", "2021", "--color", "never", "-C", "debuginfo=0"]
NOTE = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"


def judge(cases):
    """Build, ask, print; return the exit code."""
    program.withdraw()
    with program.private_folder() as folder:
        built = build(Path(folder))
        if built.code:
            return program.finish(1, out=built.text)
        ordered = sorted(cases, key=lambda case: case.name)
        misses = program.ask([str(Path(folder, "judge"))], folder, ordered)
    return report(ordered, misses, built.text)


def build(folder):
    """Build src/lib.rs as a library, then the judge's main over it."""
    program.copy_sources("src", folder, ".rs")
    kind = ["--crate-type", "rlib", "--crate-name", "solution"]
    built = program.build([*RUSTC, *kind, "src/lib.rs"], folder)
    if built.code:
        return built
    for name in ("main.rs", "cases.rs"):
        program.put(folder / "judge.d" / name, program.OWN[name])
    extern = ["--extern", "solution=libsolution.rlib", "-o", "judge"]
    linked = program.build([*RUSTC, *extern, "judge.d/main.rs"], folder)
    return linked if linked.code else built


def report(cases, misses, warnings):
    """Print what Rust's test harness prints, after what the compiler said of the library."""
    failed = [(case, miss) for case, miss in zip(cases, misses, strict=True) if miss is not None]
    lines = [warnings, f"\nrunning {len(cases)} tests\n"]
    for case, miss in zip(cases, misses, strict=True):
        lines.append(f"test {case.name} ... {'ok' if miss is None else 'FAILED'}\n")
    if failed:
        lines.append("\nfailures:\n\n")
        for number, (case, miss) in enumerate(failed):
            told = panic(case, miss)
            lines.append(f"---- {case.name} stdout ----\n{told}{'' if number else NOTE}\n")
        lines.append("\nfailures:\n")
        lines += [f"    {case.name}\n" for case, _ in failed]
    verdict = "FAILED" if failed else "ok"
    lines.append(
        f"\ntest result: {verdict}. {len(cases) - len(failed)} passed; {len(failed)} failed; "
        "0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n"
    )
    return program.finish(101 if failed else 0, out="".join(lines))


def panic(case, miss):
    """Word a miss as the panic that ends a Rust test."""
    head = f"\nthread '{case.name}' panicked"
    if miss.got is None:
        at = f" at {miss.place}:" if miss.place else ":"
        told = "" if miss.visible else f"\n{miss.further}"
        return f"{head}{at}\n{miss.said}{told}\n"
    at = f"at src/lib.rs:{miss.where}:" if miss.visible else f"at {miss.further}"
    return (
        f"{head} {at}\nassertion `left == right` failed\n"
        f"  left: {miss.got}\n right: {miss.wanted}\n"
    )
