"""Which of the twenty checks of SANDBOX §8 work at which level: a table, nothing asserted."""

# ruff: noqa: E501 - command lines

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from cab_check.errors import MachineError
from cab_check.sandbox import choose, open_box
from cab_check.sandbox.box import BoxSpec
from cab_check.settings import BoxLimits, Isolation

_LEVELS: Final = (Isolation.NAMESPACES, Isolation.BUBBLEWRAP, Isolation.LANDLOCK, Isolation.NONE)
_LIMIT_S: Final = 60.0
_SERVER: Final = (
    "import http.server as h, threading as t, urllib.request as u\n"
    "s = h.HTTPServer(('127.0.0.1', 0), h.SimpleHTTPRequestHandler)\n"
    "t.Thread(target=s.serve_forever, daemon=True).start()\n"
    "print(u.urlopen(f'http://127.0.0.1:{s.server_port}/').status)\n"
)
_POOL: Final = (
    "import multiprocessing as m, unittest\n"
    "class T(unittest.TestCase):\n"
    "    def test(self):\n"
    "        with m.Pool(2) as pool:\n"
    "            self.assertEqual(pool.map(abs, [-1, -2]), [1, 2])\n"
    "if __name__ == '__main__': unittest.main()\n"
)
_MANAGER: Final = (
    "import multiprocessing as m\n"
    "if __name__ == '__main__':\n"
    "    with m.Manager() as manager: print(len(manager.list([1])))\n"
)
_GO: Final = 'package a\\nimport "testing"\\nfunc TestA(t *testing.T) {}\\n'
_C: Final = "int main(void) { return 0; }"
_JAVA: Final = "class A { public static void main(String[] a) { System.out.println(1); } }"


def _python(text: str) -> str:
    return f"cat >t.py <<'END'\n{text}END\npython3 t.py"


# what it is called, the program without which it cannot be tried, the command
CHECKS: Final = (
    ("unittest with a pool", "python3", _python(_POOL)),
    ("loopback server", "python3", _python(_SERVER)),
    ("mp.Manager", "python3", _python(_MANAGER)),
    ("asyncio", "python3", "python3 -c 'import asyncio; asyncio.run(asyncio.sleep(0))'"),
    ("venv", "python3", "python3 -m venv --without-pip v && v/bin/python -c pass"),
    ("pytest", "pytest", "echo 'def test_a(): pass' >test_a.py && python3 -m pytest -q test_a.py"),
    ("node", "node", "node -e 'console.log(1)'"),
    ("node --test", "node", "echo \"require('node:test')('a', () => {})\" >a.test.js && node --test"),
    ("npm test", "npm", 'echo \'{"scripts": {"test": "true"}}\' >package.json && npm test'),
    ("go test", "go", f"printf 'module a\\n' >go.mod && printf '{_GO}' >a_test.go && go test ./..."),
    ("cargo test", "cargo", "cargo new -q --lib made && cd made && cargo test -q"),
    ("gcc + make", "gcc", f"echo '{_C}' >a.c && printf 'a: a.c\\n\\tgcc -o a a.c\\n' >Makefile && make a && ./a"),
    ("javac + java", "javac", f"echo '{_JAVA}' >A.java && javac A.java && java A"),
    ("git init + commit", "git", "git init -q . && echo 1 >f && git add f && git commit -qm f"),
    ("rename across dirs", "mv", "mkdir a b && echo 1 >a/f && mv a/f b/g && mv b/g a/f"),
    ("tar + chmod", "tar", "mkdir a && echo 1 >a/f && chmod 600 a/f && tar czf a.tgz a && tar xzf a.tgz"),
    ("pty", "python3", "python3 -c 'import pty; print(pty.openpty())'"),
    ("strace", "strace", "strace -f -o trace true && grep -q exec trace"),
    ("sqlite + /tmp", "python3", "f=$(mktemp -p /tmp) && python3 -c \"import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('create table t (a)')\" $f"),
    ("ps", "ps", "ps ax >/dev/null"),
)  # fmt: skip


def show() -> None:
    """Try each check in a fresh folder of one box a level, and print the table."""
    columns = [asyncio.run(_of_level(level)) for level in _LEVELS]
    print("| check | " + " | ".join(level.value for level in _LEVELS) + " |")
    print("|---|" + "---|" * len(_LEVELS))
    for index, (name, _, _) in enumerate(CHECKS):
        print(f"| {name} | " + " | ".join(column[index] for column in columns) + " |", flush=True)


async def _of_level(level: Isolation) -> list[str]:
    try:
        choose(level)
    except MachineError:
        return ["not run"] * len(CHECKS)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        (root / "work").mkdir()
        spec = BoxSpec(root=root, cwd=root / "work", isolation=level, limits=BoxLimits())
        said = []
        async with open_box(spec) as box:
            for name, program, command in CHECKS:
                if shutil.which(program) is None:
                    said.append("not installed")
                    continue
                own = re.sub(r"\W+", "-", name)
                line = f"mkdir {own} && cd {own} && {command}"
                result = await box.run(("sh", "-c", line), _LIMIT_S)
                last = result.stdout.decode(errors="replace").strip().rpartition("\n")[2]
                no = f"NO ({last[:60] or result.exit_code})".replace("|", "/")
                said.append("yes" if result.exit_code == 0 else no)
        return said
