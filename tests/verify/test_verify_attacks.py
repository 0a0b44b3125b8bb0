"""Nothing that an agent leaves behind speaks for the judge of the Python tasks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from cab_check.tasks import catalog
from cab_check.tasks.spec import judge_sha256

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification

    LayOut = Callable[..., Path]
    Judge = Callable[..., Awaitable[Verification]]

REVERSE = "polyglot/python-reverse-string"
SORTER = "mutations/python-comparator-swap"
QUIT = "import os\nos._exit(0)\n"

PLANTED = [
    "sitecustomize.py",
    "usercustomize.py",
    "conftest.py",
    "unittest.py",
    "json.py",
    "random.py",
    "evil.pth",
    "pyvenv.cfg",
    "src/sitecustomize.py",
    "src/json.py",
    "src/os.py",
    "src/evil.pth",
    "judge/types.py",
    "judge/random.py",
    "judge/pathlib.py",
    "judge/kit.py",
    "judge/child.py",
    "judge/verify.py",
    "judge/__pycache__/kit.cpython-311.pyc",
    "tests/test_reverse.py",
    "tests/__init__.py",
]


@pytest.mark.parametrize("answered", [True, False], ids=["right", "untouched"])
async def test_planted_files_change_nothing(
    answered: bool,  # noqa: FBT001 - a parameter of the test
    lay_out: LayOut,
    judge: Judge,
) -> None:
    """Modules planted wherever Python might look neither save a wrong answer nor spoil a right."""
    task = catalog.find(REVERSE)
    tree = lay_out(task, task.oracle_dir if answered else None, dict.fromkeys(PLANTED, QUIT))
    verification = await judge(task, tree)
    assert verification.exit_code == (0 if answered else 1)
    assert verification.stderr.startswith("test_empty (test_reverse.TestReverse.test_empty) ... ok")
    assert ("\nOK\n" in verification.stderr) == answered


SHAPES: dict[str, str] = {
    "recursion": "def reverse(text):\n    return reverse(text[1:]) + text[0] if text else text",
    "a module beside it": "from turned import turn as reverse",
    "a module by its package": "from src.turned import turn as reverse",
    "a module at the root": "from around import turn as reverse",
    "much printing": "print('x' * 3_000_000)\ndef reverse(text):\n    return text[::-1]",
    "a process left behind": (
        "import subprocess\nsubprocess.Popen(['sleep', '60'])\n"
        "def reverse(text):\n    return text[::-1]"
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_right_answers_of_other_shapes_pass(
    shape: str, lay_out: LayOut, judge: Judge
) -> None:
    """What counts is what the function returns, however it is written."""
    task = catalog.find(REVERSE)
    turned = "def turn(text):\n    return text[::-1]\n"
    files = {"src/reverse.py": SHAPES[shape], "src/turned.py": turned, "around.py": turned}
    verification = await judge(task, lay_out(task, None, files))
    assert verification.exit_code == 0, verification.stderr


FORGED = {
    "answers into every descriptor": """
        import json, os
        for fd in range(3, 64):
            try:
                os.pwrite(fd, json.dumps({"nonce": "", "answers": [{"value": ""}] * 9}).encode(), 0)
            except OSError:
                pass
        os._exit(0)
    """,
    "answers with the right nonce": """
        import gc, json, os
        for found in gc.get_objects():
            if isinstance(found, dict) and "nonce" in found and "calls" in found:
                text = json.dumps({"nonce": found["nonce"], "answers": [{}]})
                os.pwrite(found["descriptor"], text.encode(), 0)
                os._exit(0)
    """,
    "answers of another form": """
        import gc, json, os
        for found in gc.get_objects():
            if isinstance(found, dict) and "nonce" in found and "calls" in found:
                answers = [True] * len(found["calls"])
                text = json.dumps({"nonce": found["nonce"], "answers": answers})
                os.pwrite(found["descriptor"], text.encode(), 0)
                os._exit(0)
    """,
    "answers without a value": """
        import gc, json, os
        for found in gc.get_objects():
            if isinstance(found, dict) and "nonce" in found and "calls" in found:
                answers = [{}] * len(found["calls"])
                text = json.dumps({"nonce": found["nonce"], "answers": answers})
                os.pwrite(found["descriptor"], text.encode(), 0)
                os._exit(0)
    """,
    "no JSON": """
        import os
        for fd in range(3, 64):
            try:
                os.pwrite(fd, b"[" * 200_000, 0)
            except OSError:
                pass
        os._exit(0)
    """,
    "a huge answer": """
        import os
        for fd in range(3, 64):
            try:
                os.ftruncate(fd, 1 << 27)
            except OSError:
                pass
        os._exit(0)
    """,
    "the passing text on the judge's own stderr": """
        import os
        for name in ("1", "2"):
            try:
                with open(f"/proc/{os.getppid()}/fd/{name}", "w") as out:
                    out.write("Ran 6 tests in 0.000s\\n\\nOK\\n")
            except OSError:
                pass
        os._exit(0)
    """,
    "the judge's memory, environment, descriptors or thread": """
        import ctypes
        import os

        judge, libc = os.getppid(), ctypes.CDLL(None)

        def may_open(name, mode):
            try:
                open(f"/proc/{judge}/{name}", mode).close()
            except OSError:
                return False
            return True

        ways = [
            may_open("mem", "r+b"),
            may_open("environ", "rb"),
            may_open("fd/2", "wb"),
            libc.ptrace(0x4206, judge, 0, 0) == 0,
            any(libc.syscall(438, os.pidfd_open(judge), fd, 0) >= 0 for fd in range(16)),
        ]

        def reverse(text):
            return text[::-1] if any(ways) else text
    """,
    "an end of the judge": """
        import os, signal
        os.kill(os.getppid(), signal.SIGKILL)
    """,
    "an exit before the request is read": "raise SystemExit(0)",
    "an import that fails": "import nowhere_to_be_found",
    "no such function": "backwards = None",
    "the judge's own reference": """
        import glob
        import os

        def reverse(text):
            left = glob.glob("**/verify.py", recursive=True) + glob.glob("judge*")
            told = [name for name in os.environ if name.startswith("CAB_")]
            return text[::-1] if left or told else text
    """,
    "a text that is none": """
        def reverse(text):
            return list(reversed(text))
    """,
    "words by bytes": """
        def reverse(text):
            return text.encode()[::-1].decode(errors="replace")
    """,
    "right once": """
        asked = []
        def reverse(text):
            asked.append(text)
            return text[::-1] if len(asked) == 1 else text
    """,
    "a text without an end": """
        def reverse(text):
            return text[::-1] + "x" * 600_000
    """,
    "escapes for the terminal": """
        def reverse(text):
            raise ValueError("\\x1b[2J\\nOK\\n")
    """,
    "an escape in the answer": """
        def reverse(text):
            return "\\x1b[2J" + "\\ud800"
    """,
}


@pytest.mark.parametrize("attack", FORGED)
async def test_forged_answers_fail(attack: str, lay_out: LayOut, judge: Judge) -> None:
    """Whatever the agent's code does in its own process, it passes only by being right."""
    task = catalog.find(REVERSE)
    files = {"src/reverse.py": textwrap.dedent(FORGED[attack])}
    verification = await judge(task, lay_out(task, None, files))
    assert verification.exit_code != 0
    assert not verification.timed_out
    assert "\x1b" not in verification.stderr
    if attack not in {"an end of the judge", "the passing text on the judge's own stderr"}:
        assert verification.exit_code == 1
        assert "\nOK\n" not in verification.stderr
        assert "\nFAILED (" in verification.stderr


GRAPHEMES = """
import unicodedata

def reverse(text):
    found = []
    for sign in text:
        if found and {kept}:
            found[-1] += sign
        else:
            found.append(sign)
    return "".join(reversed(found))
"""
NEARLY_REVERSED = {
    "marks kept with their letters": GRAPHEMES.format(kept="unicodedata.combining(sign)"),
    "line ends kept": GRAPHEMES.format(kept="found[-1] + sign == chr(13) + chr(10)"),
    "flags kept": GRAPHEMES.format(
        kept="len(found[-1]) == 1 and 0x1f1e6 <= min(map(ord, found[-1] + sign)) <= 0x1f1ff"
    ),
    "joined signs kept": GRAPHEMES.format(kept="'\u200d' in (sign, found[-1][-1])"),
    "composed": "def reverse(text):\n    import unicodedata\n"
    "    return unicodedata.normalize('NFC', text)[::-1]",
    "composed after": "def reverse(text):\n    import unicodedata\n"
    "    return unicodedata.normalize('NFC', text[::-1])",
    "stripped": "def reverse(text):\n    return text.strip()[::-1]",
    "words of one space": "def reverse(text):\n    return ' '.join(text.split())[::-1]",
    "other case": "def reverse(text):\n    return text.casefold()[::-1]",
    "by lines": "def reverse(text):\n    return ''.join(x[::-1] for x in text.splitlines()[::-1])",
}


@pytest.mark.parametrize("way", NEARLY_REVERSED)
async def test_nearly_reversed_fails(way: str, lay_out: LayOut, judge: Judge) -> None:
    """What is right for plain words only fails every time, and not only when the draw has it."""
    task = catalog.find(REVERSE)
    tree = lay_out(task, None, {"src/reverse.py": NEARLY_REVERSED[way]})
    assert (await judge(task, tree)).exit_code == 1


LINKED = {
    "the source": ("src/reverse.py", "src/reverse.py"),
    "the folder": ("src", "src"),
    "a module beside it": ("src/turned.py", "src/turned.py"),
    "a folder at the root": ("around", "around"),
}


@pytest.mark.parametrize("linked", LINKED)
async def test_a_solution_out_of_the_tree_fails(
    linked: str, tmp_path: Path, lay_out: LayOut, judge: Judge
) -> None:
    """A link to a right answer elsewhere is none, and the judge says so; one inside is fine."""
    task = catalog.find(REVERSE)
    path, told = LINKED[linked]
    tree = lay_out(task, task.oracle_dir, {"src/turned.py": "", "around/it.py": ""})
    place = tree / path
    place.rename(tmp_path / "outside")
    place.symlink_to(tmp_path / "outside")
    verification = await judge(task, tree)
    assert verification.exit_code == 1
    assert f"The case came to no answer: {told} is a link that leaves the tree\n" in (
        verification.stderr
    )


async def test_links_that_stay_or_belong_to_an_environment_are_fine(
    tmp_path: Path, lay_out: LayOut, judge: Judge
) -> None:
    """A solution may be linked within the tree, and an environment may link to its interpreter."""
    task = catalog.find(REVERSE)
    tree = lay_out(task, task.oracle_dir, {"env/pyvenv.cfg": "", "env/lib/x": "", ".hid/x": ""})
    (tree / "src/reverse.py").rename(tree / "kept.py")
    (tree / "src/reverse.py").symlink_to("../kept.py")
    for place in ("env/lib/a.py", ".hid/a.py", "notes.txt"):
        (tree / place).symlink_to(tmp_path)
    (tree / "notes.txt").unlink()
    (tree / "notes.txt").symlink_to("/etc/hostname")
    verification = await judge(task, tree)
    assert verification.exit_code == 0, verification.stderr


@pytest.mark.parametrize(
    "body",
    [
        "return sorted(items, key=lambda item: str(item).lower())",
        "return sorted(items, key=str)",
        "return sorted(items, key=lambda item: item.lower() if isinstance(item, str) else item)",
        "return sorted(items, key=lambda it: (len(it), it) if isinstance(it, str) else it)",
        "return sorted(item for item in items if item != '')",
        "return sorted(items, key=lambda item: item if isinstance(item, str) else int(item))",
        "return tuple(sorted(items))",
        "return [True if item == 1 else item for item in sorted(items)]",
        "return sorted(set(items))",
        "return sorted(items, key=abs)",
        "return sorted(items) if len(items) < 6 else items",
    ],
)
async def test_nearly_sorted_fails(body: str, lay_out: LayOut, judge: Judge) -> None:
    """Another type, a lost duplicate, a wrong order of negatives: none of them is a sorted list."""
    task = catalog.find(SORTER)
    files = {"src/sorter.py": f"def sort_items(items):\n    {body}\n"}
    verification = await judge(task, lay_out(task, None, files))
    assert verification.exit_code == 1


@pytest.mark.parametrize("body", ["return sorted(items)", "items.sort()\n    return items"])
async def test_sorted_passes(body: str, lay_out: LayOut, judge: Judge) -> None:
    """Any way of sorting is right."""
    task = catalog.find(SORTER)
    files = {"src/sorter.py": f"def sort_items(items):\n    {body}\n"}
    assert (await judge(task, lay_out(task, None, files))).exit_code == 0


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "def reverse(text):\n    while True: pass",
        "import signal\nfor n in (2, 15): signal.signal(n, lambda *a: None)\nwhile True: pass",
    ],
    ids=["at import", "in the call", "with signals caught"],
)
async def test_a_case_without_an_end_fails(
    code: str, hasty: Callable[..., Task], lay_out: LayOut, judge: Judge
) -> None:
    """Each case has its own small limit: an endless one fails, and the judge still speaks."""
    task = hasty(REVERSE)
    verification = await judge(task, lay_out(task, None, {"src/reverse.py": code}))
    assert (verification.exit_code, verification.timed_out) == (1, False)
    assert "The case came to no answer: no answer within 0.5 s\n" in verification.stderr
    assert "FAILED (errors=6)" in verification.stderr


async def test_an_endless_case_does_not_spoil_the_others(
    hasty: Callable[..., Task], lay_out: LayOut, judge: Judge
) -> None:
    """Each case has a process of its own, so one that hangs or dies takes no other along."""
    task = hasty(REVERSE, 2.0)
    code = """
        import os, time
        def reverse(text):
            if " " in text:
                time.sleep(60)
            if text == "hello":
                os._exit(0)
            return text[::-1]
    """
    verification = await judge(task, lay_out(task, None, {"src/reverse.py": textwrap.dedent(code)}))
    assert verification.exit_code == 1
    ends = [line.rpartition(" ")[2] for line in verification.stderr.splitlines()[:6]]
    assert ends == ["ok", "ok", "ok", "ok", "ERROR", "ERROR"]
    assert "FAILED (errors=2)" in verification.stderr


async def test_the_judge_says_which_further_call_failed(lay_out: LayOut, judge: Judge) -> None:
    """A case that fails on an input drawn for this run names the input."""
    task = catalog.find(REVERSE)
    tree = lay_out(task, task.cheat_dir("hard-codes-the-visible-cases"))
    verification = await judge(task, tree)
    assert "A further call of the same kind: reverse('" in verification.stderr
    assert "test_word (test_reverse.TestReverse.test_word) ... FAIL" in verification.stderr


async def test_verifying_leaves_the_package_as_it_is(lay_out: LayOut, judge: Judge) -> None:
    """The judge withdraws from the tree that it judges, never from the package."""
    task = catalog.find(REVERSE)
    before = judge_sha256(task)
    await judge(task, lay_out(task, task.oracle_dir))
    assert judge_sha256(task) == before
