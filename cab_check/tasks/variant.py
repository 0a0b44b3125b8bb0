"""Fresh variants: a seed makes of a task one that no endpoint has seen (ours; no source is parsed).

The seed picks one of the task's mutations and, in each row of its table, the words that take the
place of those that are there; workdir, judge, right answer and cheats follow alike.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.tasks.files import list_files
from cab_check.tasks.recipe import FILE, exchange, read_recipe, words_in
from cab_check.tasks.task import Variant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cab_check.tasks.recipe import Mutation, Recipe
    from cab_check.tasks.task import Constraint, Task

    _File = tuple[str | bytes, bool]

_PARTS = ("workdir", "verify", "oracle", "cheats")
_TEXTS = ("workdir/README.md", "workdir/AGENTS.md")


def has_variants(task: Task) -> bool:
    """Say whether a seed can make something of the task."""
    return (task.root / FILE).is_file()


def write_variant(task: Task, seed: int, root: Path) -> Task:
    """Write the variant of a seed into the directory `root`, and return it as a task.

    The same task and seed give the same bytes, on every machine and Python. UsageError when the
    task has no variants, or when its table does not fit its files.
    """
    recipe = read_recipe(task.root)
    if recipe is None:
        raise UsageError(
            f"{task.id} has no variants",
            hint="leave --seed out, or take a task of the family mutations; "
            f"a task of your own has them with a {FILE} beside its task.toml",
        )
    files = dict(_read(task))
    _check_words(recipe, task, files)
    _check_mutations(recipe, task, files)
    mutation = recipe.mutations[_draw(task, seed, "mutation", len(recipe.mutations))]
    _mutate(mutation, files)
    words = dict(_drawn_words(recipe, task, seed))
    for path, (data, executable) in files.items():
        _write(root / _place(path, words), _exchanged(data, words), executable=executable)
    return replace(
        task,
        root=root,
        prompt=exchange(_reworded(task.prompt, mutation), words),
        title=exchange(_reworded(task.title, mutation), words),
        verify=_all(task.verify, words),
        ground_truth_files=_all(task.ground_truth_files, words),
        protected=_all(task.protected, words),
        ignored=_all(task.ignored, words),
        constraints=tuple(_rule(rule, words) for rule in task.constraints),
        variant=Variant(seed=seed, mutation=mutation.name, source=task.root),
    )


def _draw(task: Task, seed: int, what: str, choices: int) -> int:
    """Draw a number below `choices`: from a digest, which no version of Python does otherwise."""
    drawn = hashlib.sha256(f"cab variant 1\n{task.id}\n{seed}\n{what}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % choices


def _drawn_words(recipe: Recipe, task: Task, seed: int) -> Iterator[tuple[str, str]]:
    for row in recipe.rows:
        group = row.instead[_draw(task, seed, f"word {row.here[0]}", len(row.instead))]
        yield from zip(row.here, group, strict=True)


def _read(task: Task) -> Iterator[tuple[str, _File]]:
    """Yield path, content and executable bit of all files but the specification."""
    for part in _PARTS:
        for path in list_files(task.root / part) if (task.root / part).is_dir() else ():
            file = task.root / part / path
            if file.is_symlink():
                raise UsageError(
                    f"{file}: a link in a task that has variants",
                    hint="put the file itself there",
                )
            data = file.read_bytes()
            try:
                content: str | bytes = data.decode("utf-8")
            except UnicodeDecodeError:
                content = data
            yield f"{part}/{path}", (content, bool(file.stat().st_mode & 0o100))


def _check_words(recipe: Recipe, task: Task, files: dict[str, _File]) -> None:
    """Refuse a row whose words are not in the fixture, or whose new ones are in the task."""
    texts = [f"{path}\n{data}" for path, (data, _) in files.items() if isinstance(data, str)]
    known = words_in("\n".join([task.prompt, task.title, *task.verify, *texts]))
    for number, row in enumerate(recipe.rows, start=1):
        where = f"{recipe.file}: words[{number}]"
        for word in row.here:
            if word not in known or word in words_in(task.id):
                what = "is part of the task's id" if word in known else "is nowhere in the task"
                raise UsageError(f"{where}.here: {word!r} {what}", hint="leave the word out")
        for word in (word for group in row.instead for word in group):
            if word in known:
                raise UsageError(
                    f"{where}.instead: {word!r} is in the task already", hint="take another word"
                )


def _check_mutations(recipe: Recipe, task: Task, files: dict[str, _File]) -> None:
    """Refuse a mutation that cannot be laid in, or words of the ticket that are not there."""
    told = [task.prompt, task.title, *(str(files[path][0]) for path in _TEXTS)]
    for number, mutation in enumerate(recipe.mutations, start=1):
        where = f"{recipe.file}: mutations[{number}]"
        right, _ = files.get(f"oracle/{mutation.path}", (b"", False))
        if not isinstance(right, str) or right.count(mutation.right) != 1:
            raise UsageError(
                f"{where}.right: is not there exactly once in oracle/{mutation.path}",
                hint="quote a piece of that file that is there once",
            )
        for old, _ in mutation.said:
            if not any(old in text for text in told):
                raise UsageError(
                    f"{where}.said: {old!r} is in no text of the task",
                    hint="quote the ticket, AGENTS.md, the prompt or the title",
                )


def _mutate(mutation: Mutation, files: dict[str, _File]) -> None:
    """Put the mutation in the place of the fixture's own, and into the ticket what fits it."""
    right, executable = files[f"oracle/{mutation.path}"]
    spoilt = str(right).replace(mutation.right, mutation.wrong)
    files[f"workdir/{mutation.path}"] = spoilt, executable
    for path in _TEXTS:
        text, executable = files[path]
        files[path] = _reworded(str(text), mutation), executable


def _reworded(text: str, mutation: Mutation) -> str:
    for old, new in mutation.said:
        text = text.replace(old, new)
    return text


def _place(path: str, words: dict[str, str]) -> str:
    """Exchange the words of a path, but for what names the part of the task and the cheat."""
    kept = 2 if path.startswith("cheats/") else 1
    parts = path.split("/")
    return "/".join([*parts[:kept], *(exchange(part, words) for part in parts[kept:])])


def _exchanged(data: str | bytes, words: dict[str, str]) -> bytes:
    return exchange(data, words).encode() if isinstance(data, str) else data


def _write(file: Path, data: bytes, *, executable: bool) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    if executable:
        file.chmod(file.stat().st_mode | 0o100)


def _all(texts: tuple[str, ...], words: dict[str, str]) -> tuple[str, ...]:
    return tuple(exchange(text, words) for text in texts)


def _rule(rule: Constraint, words: dict[str, str]) -> Constraint:
    path = None if rule.path is None else exchange(rule.path, words)
    return replace(rule, path=path, paths=_all(rule.paths, words))
