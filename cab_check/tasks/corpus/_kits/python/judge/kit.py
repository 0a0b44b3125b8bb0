"""Judge a Python function without ever loading it: one child a case, compared over here.

The process that prints the result never imports, executes or unpickles anything of the agent's. It
sends arguments to a child and gets plain values back through a file that no print can reach. The
right answers are worked out here, after the child has ended; and the judge's own files are gone
from the tree before the first child starts, so there is nothing to be read off.
"""

import ast
import contextlib
import ctypes
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_S = 10.0
ANSWER_BYTES = 1_000_000
DIFF_CHARS = 2_000
PR_SET_DUMPABLE = 4

FOLDER = Path(__file__).parent
WORK = Path(os.environ["CAB_WORK_DIR"])
PRISTINE = Path(os.environ["CAB_PRISTINE_DIR"])
CHILD = (FOLDER / "child.py").read_text(encoding="utf-8")


class NoAnswerError(Exception):
    """A child did not come to an answer in the agreed form."""


class Child:
    """One process with the agent's code in it, and the file that its answers go into."""

    def __init__(self, module, function, calls):
        self.calls = calls
        self.nonce = secrets.token_hex(16)
        self.file = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(self.file.fileno(),),
            cwd=WORK,
            env={name: text for name, text in os.environ.items() if not name.startswith("CAB_")},
            start_new_session=True,
        )
        request = {
            "root": str(WORK),
            "sources": str(WORK / "src"),
            "module": module,
            "function": function,
            "calls": calls,
            "nonce": self.nonce,
            "descriptor": self.file.fileno(),
        }
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(request).encode())
            self.process.stdin.close()

    def answers(self, deadline):
        """Wait for the child's end and return one answer a call, or raise NoAnswerError."""
        try:
            code = self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise NoAnswerError(f"no answer within {LIMIT_S:g} s") from None
        size = os.fstat(self.file.fileno()).st_size
        if size == 0:
            raise NoAnswerError(f"the process ended without an answer, exit code {code}")
        if size > ANSWER_BYTES:
            raise NoAnswerError(f"an answer of {size} bytes")
        return self.checked(os.pread(self.file.fileno(), size, 0))

    def checked(self, text):
        """Read what lies in the file; only the agreed form with this child's nonce counts."""
        try:
            reply = json.loads(text)
        except (ValueError, RecursionError):
            raise NoAnswerError("an answer that is no JSON") from None
        if type(reply) is not dict or reply.get("nonce") != self.nonce:
            raise NoAnswerError("an answer that is not for this case")
        answers = reply.get("answers")
        if type(answers) is not list or len(answers) != len(self.calls):
            raise NoAnswerError("an answer that does not fit the case")
        if not all(type(answer) is dict for answer in answers):
            raise NoAnswerError("an answer that does not fit the case")
        return answers


def withdraw():
    """Take the judge's files out of the agent's tree and its memory out of the children's sight."""
    if FOLDER.parent.resolve() == WORK.resolve() and FOLDER.exists():
        shutil.rmtree(FOLDER)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def link_outside():
    """Return the first link from which Python might load what lies out of the tree, or None.

    Virtual environments are full of such links and are passed over, as are hidden folders.
    """
    root = os.path.realpath(WORK)
    for folder, folders, names in os.walk(WORK):
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders + sorted(names):
            place = os.path.join(folder, name)
            path = os.path.relpath(place, WORK)
            source = path.startswith("src/") or name.endswith(".py") or os.path.isdir(place)
            if source and os.path.islink(place):
                if os.path.commonpath([root, os.path.realpath(place)]) != root:
                    return path
    return None


def ask(module, function, batches):
    """Put each batch of calls to a child of its own, all at once; a batch's answers or its error."""
    withdraw()
    link = link_outside()
    if link is not None:
        return [NoAnswerError(f"{one_line(link)} is a link that leaves the tree") for _ in batches]
    children = [Child(module, function, calls) for calls in batches]
    deadline = time.monotonic() + LIMIT_S
    told = []
    for child in children:
        try:
            told.append(child.answers(deadline))
        except NoAnswerError as error:
            told.append(error)
    return told


def same(got, wanted):
    """Say whether two plain values are equal in type as well as in value, all the way down."""
    if type(got) is not type(wanted):
        return False
    if type(got) is list:
        return len(got) == len(wanted) and all(map(same, got, wanted))
    return got == wanted


def shown(value):
    """Return a value's repr, cut in the middle when it is long."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:100]} ... {text[-100:]}"


def one_line(text):
    """Return a text of the child's as one line that a terminal can show."""
    return "".join(sign if sign.isprintable() else " " for sign in str(text)[:500])


def difference(got, wanted):
    """Word a wrong answer as unittest would."""
    texts = [got, wanted] if isinstance(got, str) else [repr(got), repr(wanted)]
    if all(len(text) <= DIFF_CHARS and text.isprintable() for text in texts):
        import unittest  # costs as much as all the rest, and only a failure needs it

        try:
            unittest.TestCase().assertEqual(got, wanted)
        except AssertionError as error:
            return str(error)
    return f"{shown(got)} != {shown(wanted)} ({type(got).__name__}, {type(wanted).__name__})"


def assertions(test_file):
    """Find the line and text of each test's assertion, in the fixture's own copy of the tests."""
    text = (PRISTINE / "tests" / test_file).read_text(encoding="utf-8")
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            statement = node.body[-1]
            found[node.name] = (statement.lineno, ast.get_source_segment(text, statement))
    return found


class Judge:
    """Six lines of `ok`, or what went wrong, in the words and the order of `unittest -v`."""

    def __init__(self, module, function, case_class, right):
        self.module = module
        self.function = function
        self.case_class = case_class
        self.right = right
        self.blocks = {"ERROR": [], "FAIL": []}
        self.lines = []
        self.where = assertions(f"test_{module}.py")

    def run(self, cases):
        """Judge the cases, a name with its calls each, the visible call first; print; exit code."""
        ordered = sorted(cases.items())
        told = ask(self.module, self.function, [calls for _, calls in ordered])
        for (name, calls), answers in zip(ordered, told, strict=True):
            self.note(name, *self.outcome(name, calls, answers))
        return self.report(len(ordered))

    def outcome(self, name, calls, answers):
        """Return `ok`, `FAIL` or `ERROR` for one case, and the text of its block."""
        if isinstance(answers, NoAnswerError):
            return "ERROR", f"The case came to no answer: {answers}\n"
        for number, (call, answer) in enumerate(zip(calls, answers, strict=True)):
            head = self.traceback(name) if number == 0 else self.further(call)
            if "raised" in answer:
                return "ERROR", f"{head}{one_line(answer['raised'])}\n"
            wanted = self.right(*call)
            if "value" not in answer:
                kind = f"{one_line(answer.get('foreign'))}, not {type(wanted).__name__}"
                return "FAIL", f"{head}AssertionError: the answer is of type {kind}\n"
            if not same(answer["value"], wanted):
                return "FAIL", f"{head}AssertionError: {difference(answer['value'], wanted)}\n"
        return "ok", ""

    def traceback(self, name):
        """Return the lines that unittest prints above a failed assertion."""
        line, text = self.where[name]
        return (
            "Traceback (most recent call last):\n"
            f'  File "<workdir>/tests/test_{self.module}.py", line {line}, in {name}\n'
            f"    {text}\n"
        )

    def further(self, call):
        """Say which call failed, where it is one that the visible test does not make."""
        arguments = ", ".join(map(shown, call))
        return f"A further call of the same kind: {self.function}({arguments})\n"

    def note(self, name, status, block):
        """Keep the line of one case, and its block if it has one."""
        title = f"{name} ({self.case_class}.{name})"
        self.lines.append(f"{title} ... {status}\n")
        if status != "ok":
            rule = f"{'=' * 70}\n{status}: {title}\n{'-' * 70}\n"
            self.blocks[status].append(f"{rule}{block}\n")

    def report(self, count):
        """Print everything to stderr and return the exit code."""
        errors, failures = len(self.blocks["ERROR"]), len(self.blocks["FAIL"])
        counted = {"failures": failures, "errors": errors}
        told = ", ".join(f"{kind}={number}" for kind, number in counted.items() if number)
        text = "".join([*self.lines, "\n", *self.blocks["ERROR"], *self.blocks["FAIL"]])
        verdict = f"FAILED ({told})" if told else "OK"
        text += f"{'-' * 70}\nRan {count} tests in 0.000s\n\n{verdict}\n"
        sys.stderr.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stderr.buffer.flush()
        return 1 if told else 0
