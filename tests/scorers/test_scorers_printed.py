"""What test programs print is told from what people write."""

from __future__ import annotations

import pytest

from cab_check.scorers.printed import without_printed

PRINTED = [
    "======",
    "^^^^^",
    "EEE.",
    "Traceback (most recent call last):",
    'File "/a b/c.py", line 3, in add',
    "ERROR: test_x (test_a.TestA.test_x)",
    "FAIL: test_x",
    "test_x (test_a.TestA.test_x) ... ok",
    "Ran 4 tests in 0.001s",
    "OK",
    "FAILED (failures=1, errors=2)",
    "AssertionError: 43 != 42",
    "FAILED tests/test_a.py::test_x - NotImplementedError",
    "collected 4 items",
    "tests/test_a.py FF.. [100%]",
    "E assert 42 == 43",
    "a = 17, b = 25",
    "===== 4 failed in 0.57s =====",
    "--- FAIL: TestAdd (0.00s)",
    "test result: FAILED. 1 passed; 1 failed",
    "not ok 1 - adds",
]
TOLD = [
    "Both tests call add(17, 25).",
    "The error is in the tests: one wants 42, one wants 43.",
    "E se fosse un cache?",
    "> Is it this one?",
    "ok, I see",
    "Error: the two contradict each other",
    "cache (Redis) or threads",
    "x" * 600,
]


@pytest.mark.parametrize("line", PRINTED)
def test_printed(line: str) -> None:
    """A line of a test run says nothing."""
    assert without_printed([line]) == ()


@pytest.mark.parametrize("line", TOLD)
def test_told(line: str) -> None:
    """A line of somebody's own stays as it is."""
    assert without_printed([line]) == (line,)


def test_pieces_among_words() -> None:
    """Output whose lines were joined is taken out of the line, and the words around it stay."""
    line = (
        'It says Traceback (most recent call last): File "a.py", line 3, in f AssertionError here'
    )
    assert without_printed([line]) == ("It says here",)


@pytest.mark.parametrize("piece", ["=", "= ", "a.", "a (", 'File "', "thread ' ", "(", "E"])
def test_a_long_line_is_read_once(piece: str) -> None:
    """A line made to be read again and again ends soon; else the suite's limit fires."""
    assert len(without_printed([piece * 300_000])) <= 1
