"""Glob patterns of a task.toml."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.workspace import matches


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("a.py", ["a.py"], ["b/a.py", "a_py", "a.pyc", "A.py"]),
        ("tests/*", ["tests/a.py", "tests/x/b.py", "tests/.x"], ["tests", "a/tests/b", "tests_/a"]),
        ("*", ["a", "a/b"], []),
        ("*.md", ["a.md", ".md"], ["a/b.md", "a.md5"]),
        ("src/*.py", ["src/a.py"], ["src/a/b.py", "src/a.pyc"]),
        ("target/**", ["target/a", "target/a/b"], ["target", "src/target/a"]),
        ("**/target/**", ["target/a", "src/x/target/a/b"], ["mytarget/a"]),
        ("**/*.py", ["a.py", "a/b/c.py"], ["a.pyc"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb"]),
        (
            "__pycache__/*.pyc",
            ["__pycache__/a.pyc", "x/y/__pycache__/a.pyc"],
            ["x__pycache__/a.pyc"],
        ),
        ("__pycache__/*.pyc", [], ["__pycache__/a.py", "__pycache__/x/a.pyc", "a.pyc"]),
        ("node_modules/.cache/**", ["node_modules/.cache/x/y"], ["node_modules/acache/x"]),
        ("a?c", ["abc"], ["a/c", "ac"]),
        ("[ab].py", ["a.py", "b.py"], ["c.py", "[ab].py"]),
        ("[!ab].py", ["c.py"], ["a.py", "/.py"]),
        ("[a-c]", ["b"], ["d", "-"]),
        ("[]]", ["]"], ["[]]"]),
        ("[^a]", ["^", "a"], ["b"]),
        ("[]", ["[]"], ["]", ""]),
        ("[b-a]", [], ["a", "b", "-"]),
        ("[!b-a]", ["a", "-"], ["/"]),
        ("[!]", ["!"], ["a"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[a", ["[a"], ["a"]),
        ("a+(b)|c", ["a+(b)|c"], ["aab", "c"]),
        ("x/\udcff*", ["x/\udcff", "x/\udcff\n"], ["x/"]),
    ],
)
def test_patterns(pattern: str, yes: list[str], no: list[str]) -> None:
    """Both sides of each rule."""
    assert [path for path in yes if not matches(path, [pattern])] == []
    assert [path for path in no if matches(path, [pattern])] == []


def test_any_of_many_patterns_will_do() -> None:
    """None matches nothing."""
    assert matches("b", ["a", "b"])
    assert not matches("c", ["a", "b"])
    assert not matches("a", [])


@given(st.text("ab*?[]!^-/\\.", max_size=8), st.text("ab*[]/.", max_size=8))
def test_no_pattern_is_an_error(pattern: str, path: str) -> None:
    """Whatever a user's task says is a pattern; a range the wrong way round matches nothing."""
    assert matches(path, [pattern]) in (True, False)
