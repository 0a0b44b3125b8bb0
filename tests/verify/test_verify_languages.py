"""Our own tasks that want a program written, in six languages: states, cheats, forged answers."""

from __future__ import annotations

import re
import subprocess
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cab_check.tasks import catalog
from cab_check.tasks.spec import Origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cab_check.verify import Verification

    LayOut = Callable[..., Path]
    Judge = Callable[..., Awaitable[Verification]]

REQUESTS = "polyglot/javascript-async-ordering"
TEXT = "polyglot/c-string-buffer"
STOP = "polyglot/go-context-cancellation"
KEYS = "polyglot/java-equals-hashcode"

COMMANDS = {
    "polyglot/python-csv-quoting": ("python3", "-B", "-m", "unittest", "discover", "-s", "tests"),
    REQUESTS: ("node", "--test", "tests/requests.test.js"),
    TEXT: ("sh", "tests/run.sh"),
    STOP: ("go", "test", "./..."),
    KEYS: (
        "sh",
        "-c",
        "mkdir -p target && javac -d target src/*.java tests/*.java && java -cp target SeriesTest",
    ),
}
"""How each task's visible tests are run, as its ticket says."""


@dataclass(frozen=True, slots=True)
class Words:
    """How a judge says what came of its cases: patterns of whole texts, by stream."""

    passed: str = r"ok: .+\n"
    failed_out: str = ""
    failed_err: str = r"(FAIL .+\n)+FAILED: .+\n"

    def tell_failure(self, verification: Verification) -> None:
        """Hold a failure to its words: a case at least is named."""
        assert verification.exit_code == 1, verification.stdout
        assert re.fullmatch(self.failed_out, verification.stdout)
        assert re.fullmatch(self.failed_err, verification.stderr)


OURS = Words()
WORDS = {
    STOP: Words(
        passed=r"ok  \tpreview/gather\t0\.000s\n",
        failed_out=r"(--- FAIL: .+\n    .+\n)+FAIL\nFAIL\tpreview/gather\t0\.000s\nFAIL\n",
        failed_err="",
    ),
    KEYS: Words(
        passed=r"(ok .+\n)+all tests passed\n",
        failed_out=r"(ok .+\n)*",
        failed_err=r"(FAIL .+\n)+[1-9]\d* test\(s\) failed\n",
    ),
}
"""The kits for Go and Java print what `go test` and the published test program print."""

UNSEEN = {(REQUESTS, "runs-no-tests")}
"""It is `npm test` alone that would believe it."""

CHEATS = [(task_id, name) for task_id in COMMANDS for name in catalog.find(task_id).cheats]


@pytest.mark.toolchains
@pytest.mark.parametrize("task_id", COMMANDS)
async def test_untouched_fails_and_the_right_answer_passes(
    task_id: str, lay_out: LayOut, judge: Judge, tmp_path: Path
) -> None:
    """What was handed out fails in a case; the oracle passes all of them."""
    task = catalog.find(task_id)
    assert task.origin is Origin.PREVIEW
    words = WORDS.get(task_id, OURS)
    words.tell_failure(await judge(task, lay_out(task)))
    (tmp_path / "judge").rename(tmp_path / "first")
    verification = await judge(task, lay_out(task, task.oracle_dir))
    assert (verification.exit_code, verification.stderr) == (0, "")
    assert re.fullmatch(words.passed, verification.stdout)


@pytest.mark.toolchains
@pytest.mark.parametrize(("task_id", "name"), CHEATS)
async def test_each_cheat_is_caught(task_id: str, name: str, lay_out: LayOut, judge: Judge) -> None:
    """The visible tests believe it, and the judge names a case that it fails."""
    task = catalog.find(task_id)
    tree = lay_out(task, task.cheat_dir(name))
    if (task_id, name) not in UNSEEN:
        shown = _visible(task_id, tree)
        assert shown.returncode == 0, shown.stdout
    WORDS.get(task_id, OURS).tell_failure(await judge(task, tree))


def _visible(task_id: str, tree: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(COMMANDS[task_id], check=False, capture_output=True, cwd=tree)


RIGHT_LATEST = """
export function latest(load, show) {
  let newest = 0;
  return async (query) => {
    const number = (newest += 1);
    try {
      const result = await load(query);
      if (number === newest) show(result);
    } catch (error) {
      if (number === newest) throw error;
    }
  };
}
"""
WRONG_POOL = """
export async function mapLimit(items, limit, worker) {
  const results = [];
  for (const [at, item] of items.entries()) results.unshift(await worker(item, at));
  return results;
}
"""
WRONG = WRONG_POOL + RIGHT_LATEST
FORGED_SCRIPTS = {
    "ends at once": "process.exit(0);\n" + WRONG,
    "ends well later": "setTimeout(() => process.exit(0), 1);\n" + WRONG,
    "prints": 'console.log("ok: 9 cases");\nconsole.error("# pass 4");\n' + WRONG,
    "patches JSON": 'JSON.stringify = () => "[]";\nJSON.parse = () => [[], 1, []];\n' + WRONG,
    "patches what is printed": """
        import fs from "node:fs";
        import { syncBuiltinESMExports } from "node:module";
        fs.writeSync = () => {};
        fs.readFileSync = () => "";
        syncBuiltinESMExports();
        Buffer.prototype.toString = () => "";
        process.stdout.write = () => true;
    """
    + WRONG,
    "patches the prototypes": """
        Array.prototype.push = function () { return this.length; };
        Array.prototype.join = () => "";
        Promise.prototype.then = function () { return this; };
        Object.prototype.toJSON = () => "right";
    """
    + WRONG,
    "answers for the judge": """
        import fs from "node:fs";
        for (const line of ["", "x value 00", "\\n value ", "0 value 6f6b"]) {
          fs.writeSync(1, `${line}\\n`);
        }
        process.exit(0);
    """
    + WRONG,
    "speaks for the judge": """
        import fs from "node:fs";
        for (const name of ["1", "2"]) {
          try {
            fs.writeFileSync(`/proc/${process.ppid}/fd/${name}`, "ok: 9 cases\\n");
          } catch {}
        }
        process.exit(0);
    """
    + WRONG,
    "catches everything": """
        process.on("exit", () => { process.exitCode = 0; });
        process.on("uncaughtException", () => process.exit(0));
        setImmediate(() => { throw new Error("x"); });
    """
    + WRONG,
    "does not load": "export const mapLimit = nowhere;\n",
    "has no such function": RIGHT_LATEST,
    "is no JavaScript": "export function (",
}


@pytest.mark.toolchains
@pytest.mark.parametrize("attack", FORGED_SCRIPTS)
async def test_forged_answers_in_javascript_fail(
    attack: str, lay_out: LayOut, judge: Judge
) -> None:
    """Whatever a module does in its own process, it passes only by being right."""
    task = catalog.find(REQUESTS)
    files = {"src/requests.js": textwrap.dedent(FORGED_SCRIPTS[attack])}
    await _must_fail(judge, REQUESTS, lay_out(task, None, files))


PLANTED_SCRIPTS = {
    "package.json": '{"type": "module", "imports": {"#x": "./x.js"}}',
    ".npmrc": "node-options=--require ./evil.cjs\n",
    "evil.cjs": "process.exit(0);\n",
    "index.js": "process.exit(0);\n",
    "judge/main.mjs": "process.exit(0);\n",
    "judge/cases.mjs": "process.exit(0);\n",
    "judge/program.py": "raise SystemExit(0)\n",
    "judge/cases.py": "raise SystemExit(0)\n",
    "judge/__pycache__/cases.cpython-311.pyc": "x",
    "node_modules/node:fs/index.js": "process.exit(0);\n",
    "node_modules/assert/index.js": "process.exit(0);\n",
    "src/package.json": '{"type": "commonjs"}',
    "tests/requests.test.js": "process.exit(0);\n",
    "sitecustomize.py": "raise SystemExit(0)\n",
}


@pytest.mark.toolchains
@pytest.mark.parametrize("answered", [True, False], ids=["right", "untouched"])
async def test_planted_scripts_change_nothing(
    answered: bool,  # noqa: FBT001 - a parameter of the test
    lay_out: LayOut,
    judge: Judge,
) -> None:
    """Settings and modules beside the sources save no wrong answer and spoil no right one."""
    task = catalog.find(REQUESTS)
    tree = lay_out(task, task.oracle_dir if answered else None, PLANTED_SCRIPTS)
    verification = await judge(task, tree)
    assert verification.exit_code == (0 if answered else 1), verification.stderr


RIGHT_SCRIPTS = {
    "a module beside it": ('export * from "./other.js";\n', "src/other.js"),
    "a module below": ('export * from "./deep/other.mjs";\n', "src/deep/other.mjs"),
}


@pytest.mark.toolchains
@pytest.mark.parametrize("shape", RIGHT_SCRIPTS)
async def test_right_modules_of_other_shapes_pass(
    shape: str, lay_out: LayOut, judge: Judge
) -> None:
    """The answer may be spread over modules, and may print."""
    task = catalog.find(REQUESTS)
    text, place = RIGHT_SCRIPTS[shape]
    oracle = (task.oracle_dir / "src/requests.js").read_text(encoding="utf-8")
    files = {"src/requests.js": f"console.log('x'.repeat(9999));\n{text}", place: oracle}
    verification = await judge(task, lay_out(task, None, files))
    assert verification.exit_code == 0, verification.stderr


HEAD = "#include <stddef.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
WRONG_TEXT = """
size_t text_copy(char *out, size_t size, const char *text) { strcpy(out, text); return size; }
size_t text_append(char *out, size_t size, const char *text) { strcat(out, text); return size; }
size_t text_join(char *out, size_t size, const char *const parts[], size_t count, const char *b) {
    for (size_t at = 0; at < count; at++) strcat(strcat(out, b), parts[at]);
    return size;
}
"""
FORGED_SOURCES = {
    "a constructor that prints and ends": """
        #include <unistd.h>
        __attribute__((constructor)) static void pass(void) {
            puts("ok: 8 cases");
            fflush(0);
            _exit(0);
        }
    """,
    "a handler at the end": """
        #include <unistd.h>
        static void pass(void) { puts("ok: 8 cases"); fflush(0); _exit(0); }
        __attribute__((constructor)) static void plant(void) { atexit(pass); }
    """,
    "a handler of the signal": """
        #include <signal.h>
        #include <unistd.h>
        static void pass(int signal) { (void)signal; _exit(0); }
        __attribute__((constructor)) static void plant(void) {
            signal(SIGSEGV, pass);
            signal(SIGABRT, pass);
        }
    """,
    "a main": 'int main(void) { puts("ok: 8 cases"); return 0; }',
    "the judge's own names": """
        char *guarded(size_t size, int fill) { return memset(malloc(size + 99), fill, size + 99); }
        size_t answer(char *const call[], size_t count, char *texts[]) { return 0; }
        char *shown(const char *bytes, size_t size) { return ""; }
    """,
    "functions of the library": """
        #include <sys/types.h>
        void *mmap(void *a, size_t n, int p, int f, int d, off_t o) { return calloc(1, n + 65536); }
        int mprotect(void *a, size_t size, int p) { return 0; }
        size_t strnlen(const char *text, size_t size) { return 0; }
    """,
    "macros of a header": '#include "text.h"',
    "the passing text on the judge's own streams": """
        #include <unistd.h>
        __attribute__((constructor)) static void pass(void) {
            char path[64];
            for (int stream = 1; stream < 3; stream++) {
                snprintf(path, sizeof path, "/proc/%d/fd/%d", getppid(), stream);
                FILE *file = fopen(path, "w");
                if (file) { fputs("ok: 8 cases\\n", file); fclose(file); }
            }
            _exit(0);
        }
    """,
    "the judge's memory": """
        #include <unistd.h>
        #include <sys/ptrace.h>
        __attribute__((constructor)) static void pass(void) {
            if (ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0) puts("attached");
            _exit(0);
        }
    """,
    "a file of the judge's at build time": '#include "../judge/main.c"',
    "no end": "__attribute__((constructor)) static void stay(void) { for (;;) { } }",
    "no C": "size_t text_copy(",
}


@pytest.mark.toolchains
@pytest.mark.parametrize("attack", FORGED_SOURCES)
async def test_forged_answers_in_c_fail(attack: str, lay_out: LayOut, judge: Judge) -> None:
    """Neither at build time, nor before, during or after a call does C speak for the judge."""
    task = catalog.find(TEXT)
    forged = textwrap.dedent(FORGED_SOURCES[attack])
    header = "#define strcpy(a, b) (a)\n#define answer pass\n#define print(...) (void)0\n"
    files = {
        "src/text.c": f"{HEAD}{forged}\n{WRONG_TEXT}",
        "src/text.h": header,
        "src/cases.h": header,
        "Makefile": "all:\n\ttrue\n",
        "judge/main.c": "int main(void) { return 0; }\n",
    }
    await _must_fail(judge, TEXT, lay_out(task, None, files))


async def _must_fail(judge: Judge, task_id: str, tree: Path) -> None:
    verification = await judge(catalog.find(task_id), tree)
    assert verification.exit_code == 1, verification.stdout
    assert not verification.timed_out
    assert verification.stderr.startswith("FAIL ")
    assert "\x1b" not in verification.stderr


SLIPS = {
    "a byte too far when it just fits": ("size - held - 1", "size - held"),
    "a sign too few": ("size - held - 1", "(size - held > 1 ? size - held - 2 : 0)"),
    "the length that was kept": ("held + length;", "held + (length < size ? length : size);"),
    "no end without room": ("if (held < size) {", "if (held + 1 < size) {"),
    "writes before its room": ("out[held + kept] =", "out[-1] = out[held + kept] ="),
    "looks behind its room": ("memchr(out, '\\0', size)", "memchr(out, '\\0', size + 1)"),
}  # fmt: skip


@pytest.mark.toolchains
@pytest.mark.parametrize("slip", SLIPS)
async def test_one_byte_wrong_fails(slip: str, lay_out: LayOut, judge: Judge) -> None:
    """A right answer with one slip in it, of a byte mostly, is caught every time."""
    task = catalog.find(TEXT)
    text = (task.oracle_dir / "src/text.c").read_text(encoding="utf-8")
    old, new = SLIPS[slip]
    assert old in text
    tree = lay_out(task, None, {"src/text.c": text.replace(old, new)})
    await _must_fail(judge, TEXT, tree)
