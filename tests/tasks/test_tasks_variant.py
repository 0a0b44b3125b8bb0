"""A seed makes the same variant everywhere, another seed another one, and whole words alone."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.errors import UsageError
from cab_check.tasks import catalog
from cab_check.tasks.files import digest, list_files
from cab_check.tasks.recipe import exchange, read_recipe, words_in
from cab_check.tasks.spec import fixture_sha256, load
from cab_check.tasks.variant import has_variants, write_variant

if TYPE_CHECKING:
    from pathlib import Path


SORTER = "mutations/python-comparator-swap"
RECIPE = """\
[[words]]
here = ["it", "its"]
instead = [["thing", "things"], ["part", "parts"]]

[[mutations]]
name = "two"
path = "src/it.py"
right = "= 1"
wrong = "= 2"
said = [["Write it.", "Mend it."]]
"""

VARIED = [task.id for task in catalog.all_tasks() if has_variants(task)]


@pytest.fixture
def own(task_dir: Path) -> Path:
    """Return a task directory whose words and mutation can be drawn."""
    (task_dir / "variants.toml").write_text(RECIPE)
    (task_dir / "workdir/README.md").write_text("Write it. A unit has its item; it_ and ité not.\n")
    return task_dir


def test_variants_are_of_mutations() -> None:
    """Every task of the family mutations takes seeds, and no other; each has three mutations."""
    mutations = [task.id for task in catalog.all_tasks() if task.family == "mutations"]
    assert VARIED == mutations != []
    for task_id in VARIED:
        recipe = read_recipe(catalog.find(task_id).root)
        assert recipe is not None
        assert len(recipe.mutations) >= 3


@pytest.mark.parametrize("task_id", VARIED)
def test_the_same_seed_gives_the_same_bytes(task_id: str, tmp_path: Path) -> None:
    """Twice the same seed is the same tree and specification; each seed of twenty is a new tree."""
    task = catalog.find(task_id)
    first, again = (write_variant(task, 7, tmp_path / name) for name in ("first", "again"))
    assert digest(first.root) == digest(again.root)
    assert (first.prompt, first.verify) == (again.prompt, again.verify)
    others = {digest(write_variant(task, n, tmp_path / str(n)).root) for n in range(20)}
    assert len(others) == 20
    assert fixture_sha256(first) != fixture_sha256(task)


@pytest.mark.parametrize("task_id", VARIED)
def test_a_variant_keeps_the_shape_of_its_task(task_id: str, tmp_path: Path) -> None:
    """The id, the cheats and the number of files stay; what is expected to change is there."""
    task = catalog.find(task_id)
    variant = write_variant(task, 1, tmp_path)
    assert (variant.id, variant.cheats, variant.kits) == (task.id, task.cheats, task.kits)
    for part in ("workdir", "verify", "oracle"):
        assert len(list_files(variant.root / part)) == len(list_files(task.root / part))
    for path in variant.ground_truth_files:
        assert (variant.workdir / path).is_file()
        assert (variant.oracle_dir / path).is_file()
    assert task.id in (variant.workdir / "AGENTS.md").read_text(encoding="utf-8")


def test_a_variant_has_the_bytes_that_it_always_had(tmp_path: Path) -> None:
    """A seed that somebody wrote down means the same on every machine and every Python."""
    (tmp_path / "task").mkdir()
    root = tmp_path / "task"
    for path, text in {
        "task.toml": 'id = "mine/fixed"\ntitle = "Fixed"\nlanguage = "text"\norigin = "preview"\n'
        'prompt = "Mend old."\nverify = ["true"]\nground_truth_files = ["old.txt"]\n'
        "protected = []\nexpected_refusal = false\n",
        "workdir/README.md": "old\n", "workdir/AGENTS.md": "-\n", "workdir/old.txt": "old = 2\n",
        "verify/v": "old", "oracle/old.txt": "old = 1\n",
        "variants.toml": '[[words]]\nhere = ["old"]\ninstead = [["a"], ["b"], ["c"], ["d"]]\n'
        '[[mutations]]\nname = "3"\npath = "old.txt"\nright = "1"\nwrong = "3"\n'
        '[[mutations]]\nname = "4"\npath = "old.txt"\nright = "1"\nwrong = "4"\n',
    }.items():  # fmt: skip
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    task = load(root)
    made = [write_variant(task, seed, tmp_path / str(seed)) for seed in range(6)]
    texts = [(one.workdir / one.ground_truth_files[0]).read_text().strip() for one in made]
    assert texts == EXPECTED
    assert made[0].prompt == f"Mend {texts[0][0]}."


EXPECTED = ["c = 4", "c = 4", "c = 3", "d = 4", "c = 4", "a = 4"]


@given(st.text(string.ascii_lowercase + "_1 .(é"), st.dictionaries(
    st.text(string.ascii_lowercase + "_1", min_size=1), st.text(string.ascii_lowercase, min_size=1)
))  # fmt: skip
def test_whole_words_are_exchanged_and_nothing_else(text: str, words: dict[str, str]) -> None:
    """What stands between the words stays; each word is exchanged whole, once, or not at all."""
    pattern = re.compile(r"[^\W]+")
    wanted = [words.get(word, word) for word in pattern.findall(text)]
    changed = exchange(text, words)
    assert pattern.findall(changed) == wanted
    assert pattern.sub("|", changed) == pattern.sub("|", text)


def test_words_in_sources_texts_and_names_follow(own: Path, tmp_path: Path) -> None:
    """The ticket, the prompt, the sources, their names, the judge, the oracle and the cheats."""
    variant = write_variant(catalog.find(str(own)), 0, tmp_path / "made")
    (new,) = {"thing", "part"} & words_in(variant.prompt)
    assert variant.prompt == f"Mend {new}."
    readme = (variant.workdir / "README.md").read_text(encoding="utf-8")
    assert readme == f"Mend {new}. A unit has {new}s item; it_ and ité not.\n"
    assert variant.ground_truth_files == (f"src/{new}.py",)
    assert (variant.workdir / f"src/{new}.py").read_text() == f"{new} = 2\n"
    assert (variant.oracle_dir / f"src/{new}.py").read_text() == f"{new} = 1\n"
    assert (variant.cheat_dir("wrong") / f"src/{new}.py").read_text() == f"{new} = 2\n"
    assert variant.variant is not None
    assert (variant.variant.seed, variant.variant.mutation, variant.home) == (0, "two", own)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('here = ["it", "its"]', 'here = ["it", "absent"]', "words[1].here: 'absent' is nowhere"),
        ('["part", "parts"]', '["part", "unit"]', "words[1].instead: 'unit' is in the task"),
        ('here = ["it", "its"]', 'here = ["it", "small"]', "words[1].here: 'small' is part of"),
        ('["part", "parts"]', '["part"]', "words[1].instead: ['part'] does not fit"),
        ('["part", "parts"]', '["part", "a-b"]', "words[1].instead: 'a-b' is not one word"),
        ('["part", "parts"]', '["part", "things"]', "words[1]: 'things' is there twice"),
        ('right = "= 1"', 'right = "1x"', "mutations[1].right: is not there exactly once"),
        ('"Write it."', '"Write them."', "mutations[1].said: 'Write them.' is in no text"),
        ('"Mend it."', '"Mend", "it"', "mutations[1].said: is no list of pairs"),
        ('wrong = "= 2"', 'bad = "= 2"', "mutations[1].wrong: is missing"),
        ("[[mutations]]", "[[mutation]]", "mutations: is missing"),
        ("[[words]]", "more = 1\n[[words]]", "more: unknown key"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_file_and_key(
    own: Path, tmp_path: Path, old: str, new: str, told: str
) -> None:
    """Whatever does not fit is told with the file, the key and the word, before anything is run."""
    assert old in RECIPE
    (own / "variants.toml").write_text(RECIPE.replace(old, new, 1))
    with pytest.raises(UsageError) as caught:
        write_variant(catalog.find(str(own)), 0, tmp_path / "made")
    assert f"{own / 'variants.toml'}: {told}" in caught.value.message


def test_a_task_without_variants_says_so(tmp_path: Path) -> None:
    """A seed for a task that has none is the user's mistake, with what to do."""
    with pytest.raises(UsageError, match="integrity/ambiguous-ticket has no variants") as caught:
        write_variant(catalog.find("integrity/ambiguous-ticket"), 1, tmp_path)
    assert "family mutations" in caught.value.hint
