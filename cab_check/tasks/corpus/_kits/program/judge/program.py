"""Judge code of a compiled language without ever trusting a process that holds it.

What every language's kit does alike. The agent's sources are copied out of its tree into a private
folder, where a main program of the judge's (of the kit and the task, in the same language) is built
over them. Each case is a child process of its own: it reads the calls of its case from stdin and
prints what came of each to stdout. This process, which alone prints the result and exits, never
loads the agent's code, and a child never learns what is right: an answer is compared over here.

So what the agent's code does in its child (exit early, print, patch the main, replace the runtime's
functions, write to any file) can lose the case, and wins it only by giving the right answers.

Wire: stdin is a nonce, then a line a call; a line is texts in hexadecimal UTF-8, joined by commas.
Stdout holds, among whatever else is printed, one line a call, in order, each written and flushed as
soon as it is known: `NONCE value TEXTS` or `NONCE crash PLACE,MESSAGE` when the call panicked.
"""

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD_LIMIT_S = 60.0
LIMIT_S = 10.0
ANSWER_BYTES = 1_000_000
PR_SET_DUMPABLE = 4

FOLDER = Path(__file__).parent
WORK = Path(os.environ["CAB_WORK_DIR"])
PRISTINE = Path(os.environ["CAB_PRISTINE_DIR"])
OWN = {file.name: file.read_bytes() for file in FOLDER.iterdir() if file.is_file()}
"""The judge's own files by name, read before they are taken out of the tree."""


class NoAnswerError(Exception):
    """A child did not come to an answer in the agreed form."""


class Case:
    """One test: its name, and calls with the answers that are right, the visible test's first.

    `calls` is a list of (arguments, wanted): each a list of texts, of at least one. `places` has an
    entry for each call that the visible test makes too: for the texts of the answer that it
    compares, and they come first, where it does, as the language's kit says. `label` names any
    other call when it goes wrong, given its arguments.
    """

    def __init__(self, name, calls, label=", ".join, places=((),)):
        self.name = name
        self.calls = calls
        self.label = label
        self.places = places


class Miss:
    """What went wrong with a case: at which call, and what was wanted, got or said instead.

    `got` is None when no answer came; `place` and `said` are then those of a panic, or `said` alone
    tells why there is none. `where` is the visible test's own place of the comparison, None when it
    makes none such; `further` tells then what was checked.
    """

    def __init__(self, number, case, *, got=None, place=None, said=None):
        arguments, wanted = case.calls[number]
        places = case.places[number] if number < len(case.places) else None
        self.place = place
        self.said = said
        self.got = self.wanted = None
        self.where = None
        self.visible = places is not None
        self.further = f"a further check of the same kind: {one_line(case.label(arguments))}"
        if got is not None:
            at = next(at for at, text in enumerate(got) if text != wanted[at])
            self.got, self.wanted = one_line(got[at]), one_line(wanted[at])
            self.visible = self.visible and at < len(places)
            self.where = places[at] if self.visible else None


class Built:
    """What a build came to: the exit code of the compiler, and all that it printed."""

    def __init__(self, code, text):
        self.code = code
        self.text = text


def withdraw():
    """Take the judge's files out of the agent's tree and its memory out of the children's sight."""
    if FOLDER.parent.resolve() == WORK.resolve():
        shutil.rmtree(FOLDER)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def private_folder():
    """Make the folder to build in; it goes with the `with` block, whatever was left in it."""
    return tempfile.TemporaryDirectory(prefix="judge-", ignore_cleanup_errors=True)


def copy_sources(folder, target, suffix, skip=()):
    """Copy the agent's source files below a folder of its tree, and nothing else; return the paths.

    Plain files only, by their suffix: no link is followed, no build script, configuration, object
    or toolchain file comes along. `skip` are endings that stay behind, as `_test.go`.
    """
    copied = []
    for place, folders, names in os.walk(WORK / folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            source = Path(place, name)
            if not name.endswith(suffix) or name.endswith(tuple(skip)):
                continue
            if stat.S_ISREG(source.lstat().st_mode):
                path = source.relative_to(WORK)
                put(Path(target, path), source.read_bytes())
                copied.append(str(path))
    return copied


def put(file, content):
    """Write a file, and the folders that it lies in."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def environment(declared=None):
    """Return the box's environment without the judge's part of it, with what is declared."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CAB_")}
    return kept | (declared or {})


def build(argv, folder, declared=None):
    """Run a compiler in the private folder, out of reach of the tree's configuration files."""
    try:
        ran = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(declared),
            timeout=BUILD_LIMIT_S,
            check=False,
        )
    except FileNotFoundError:
        return Built(127, f"{argv[0]}: not found on PATH\n")
    except subprocess.TimeoutExpired:
        return Built(124, f"{argv[0]}: not done within {BUILD_LIMIT_S:g} s\n")
    return Built(ran.returncode, ran.stdout.decode("utf-8", "replace"))


class Child:
    """One process with the agent's code in it, and the file that it prints into."""

    def __init__(self, argv, folder, case):
        self.case = case
        self.nonce = secrets.token_hex(16)
        self.file = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=self.file,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment(),
            start_new_session=True,
        )
        lines = [self.nonce, *(packed(arguments) for arguments, _ in case.calls)]
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
            self.process.stdin.close()

    def miss(self, deadline):
        """Wait for the child's end; return the first call that went wrong, or None."""
        try:
            ended = f"exit code {self.process.wait(max(0.0, deadline - time.monotonic()))}"
        except subprocess.TimeoutExpired:
            ended = f"no end within {LIMIT_S:g} s"
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        try:
            answers = self.answers()
        except NoAnswerError as error:
            return Miss(0, self.case, said=str(error))
        missing = len(answers) < len(self.case.calls)
        found = first_miss(self.case, answers)
        if found is None and (missing or ended != "exit code 0"):
            last = min(len(answers), len(self.case.calls) - 1)
            return Miss(last, self.case, said=f"the process ended without an answer: {ended}")
        return found

    def answers(self):
        """Return what the child printed under its nonce: a kind and texts a call."""
        size = os.fstat(self.file.fileno()).st_size
        if size > ANSWER_BYTES:
            raise NoAnswerError(f"{size} bytes were printed")
        printed = os.pread(self.file.fileno(), size, 0).split(b"\n")
        mark = self.nonce.encode() + b" "
        answers = [unpacked(line[len(mark) :]) for line in printed if line.startswith(mark)]
        if len(answers) > len(self.case.calls):
            raise NoAnswerError("more answers than calls")
        return answers


def packed(texts):
    """Write texts as a line of the wire."""
    return ",".join(text.encode().hex() for text in texts)


def unpacked(line):
    """Read an answer: its kind and its texts. NoAnswerError when it is none."""
    try:
        kind, _, texts = line.decode("ascii").partition(" ")
        read = [bytes.fromhex(text).decode() for text in texts.split(",")]
    except ValueError:
        raise NoAnswerError("an answer that does not fit the case") from None
    if kind not in {"value", "crash"}:
        raise NoAnswerError("an answer that does not fit the case")
    return kind, read


def first_miss(case, answers):
    """Return the first wrong answer of those that came, or None."""
    for number, (kind, texts) in enumerate(answers):
        wanted = case.calls[number][1]
        if kind == "crash" and len(texts) == 2:
            return Miss(number, case, place=one_line(texts[0]), said=printable(texts[1]))
        if kind == "crash" or len(texts) != len(wanted):
            return Miss(number, case, said="an answer that does not fit the case")
        if texts != wanted:
            return Miss(number, case, got=texts)
    return None


def ask(argv, folder, cases):
    """Put each case to a child of its own, all at once; return the miss of each, or None."""
    children = [Child(argv, folder, case) for case in cases]
    deadline = time.monotonic() + LIMIT_S
    return [child.miss(deadline) for child in children]


def printable(text):
    """Return a text of the child's with its lines, as a terminal can show it, cut when long."""
    return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text[:500])


def one_line(text):
    """Return a text of the child's as one line."""
    return printable(str(text)).replace("\n", " ")


def finish(code, out="", err=""):
    """Print the result and end with the code."""
    for stream, text in ((sys.stdout, out), (sys.stderr, err)):
        stream.buffer.write(text.encode("utf-8", "backslashreplace"))
        stream.buffer.flush()
    return code
