"""Judge JavaScript modules below src/ by a main of the judge's that imports them.

A task lists the kits "cases", "program" and "javascript" and has verify/judge/verify.py and
verify/judge/main.mjs:

    javascript = cases.part("javascript")
    CASES = [javascript.Case("name", [(["a", "b"], ["right", "yes"]), ...], label), ...]
    report.note_misses(CASES, javascript.judge(CASES))
    report.end()

`main.mjs` hands a function of a call's texts to the kit's `each` (see cases.mjs), which keeps the
functions of Node that it needs, and imports the agent's modules only after that.

Only .js, .mjs and .cjs files below src/ are copied, with the fixture's own package.json: no
node_modules, no loader, no setting of the agent's takes part, and `node --test` is never run.
"""

import types
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")
program = types.ModuleType("program")
program.__file__ = str(PROGRAM)
exec(compile(PROGRAM.read_bytes(), str(PROGRAM), "exec"), program.__dict__)
Case = program.Case

SUFFIXES = (".js", ".mjs", ".cjs")


def judge(cases):
    """Put each case to a child of its own; return the miss of each, or None."""
    program.withdraw()
    with program.private_folder() as folder:
        program.copy_sources("src", folder, SUFFIXES)
        package = (program.PRISTINE / "package.json").read_bytes()
        program.put(Path(folder, "package.json"), package)
        for name in ("main.mjs", "cases.mjs"):
            program.put(Path(folder, "judge", name), program.OWN[name])
        return program.ask(["node", "judge/main.mjs"], folder, cases)
