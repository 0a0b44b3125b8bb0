"""What names a thing: numbers and words by their edges, several together, in any script."""

from __future__ import annotations

import pytest

from cab_check.scorers.folding import columns, different_words, fold, words
from cab_check.scorers.mentions import unnamed_group

NAMED = [
    ("42", "is 42."),
    ("42", "[42]"),
    ("42", "=42,43"),
    ("42", "返回42和43"),
    ("42", "\uff14\uff12"),
    ("42", "٤٢"),
    ("42", "**42**"),
    ("-3", "wants -3"),
    ("cach", "Caching"),
    ("cach", "lru_cache"),
    ("cach", "userCache"),
    ("cach", "in-memory-cache"),
    ("caché", "CACHE"),
    ("cache", "une caché"),
    ("fan out", "Fan-out"),
    ("fan out", "fan\nout"),
    ("forty two", "Forty\u2011two"),
    ("önbelle", "ÖNBELLEĞE"),
    ("równoleg", "rownolegle"),
    ("кэш", "КЭШИРОВАТЬ"),
    ("缓存", "还是缓存结果"),
    ("add(", "call `add(17, 25)`"),
    ("add(", "函数add(17, 25)"),
    ("test_plain_total", "test\\_plain\\_total"),
    ("17 & 25", "25 and 17"),
    ("batch & get_user", "a batched get_users()"),
]
NOT_NAMED = [
    ("42", "14:42:43"),
    ("42", "at 42:10"),
    ("42", "1.42"),
    ("42", "42.5"),
    ("42", "420 142 x42 42ms"),
    ("cach", "batchcach"),
    ("cach", "caching's c a c h"[10:]),
    ("add(", "padd(1)"),
    ("add(", "address"),
    ("17 & 25", "17 alone"),
    ("17 & 25", "17 & 250"),
    ("кэш", "чужойкэш"),
]


@pytest.mark.parametrize(("mention", "text"), NAMED)
def test_named(mention: str, text: str) -> None:
    """A number by itself, the start of a word, all of several pieces, however they are set."""
    assert unnamed_group(text, [[mention]]) is None


@pytest.mark.parametrize(("mention", "text"), NOT_NAMED)
def test_not_named(mention: str, text: str) -> None:
    """A part of another number, of a time, of another word, or one piece of several is none."""
    assert unnamed_group(text, [[mention]]) == (mention,)


def test_the_first_group_without_a_name_is_told() -> None:
    """Of each group one alternative is enough."""
    groups = (("one", "eins"), ("two", "zwei"), ("three",))
    assert unnamed_group("eins", groups) == ("two", "zwei")
    assert unnamed_group("eins, two, three", groups) is None
    assert unnamed_group("", ()) is None


def test_words() -> None:
    """Runs of letters and digits, folded; where no spaces are set, each sign."""
    assert words("assert add(-4, Ünïcode_X)") == ("assert", "add", "4", "unicode", "x")
    assert words("并行calls") == ("并", "行", "calls")
    assert words("...") == ()


def test_different_words_count_once() -> None:
    """A word that comes again counts no more, a sign of Chinese half."""
    assert different_words(("a", "b", "a")) == 2
    assert different_words(("并", "行", "并", "a")) == 2


def test_columns() -> None:
    """What cannot be seen has no width, a wide sign that of two."""
    assert columns("ab\u200b c") == 4
    assert columns("并行!") == 5


def test_folding_is_done_once() -> None:
    """A folded text folds to itself, so texts and mentions meet."""
    for text in ("Straße", "İI \u0131", "Łódź", "RÓWNOLEGŁE", "한국어 캐시", "ﬁx it—now", "a\\_b"):
        assert fold(fold(text)) == fold(text)
