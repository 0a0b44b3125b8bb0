"""`cab runs export`: nothing leaves that holds a key or tells of the machine, and all is listed."""

from __future__ import annotations

import base64
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.store.machine import Machine
from tests.cli.conftest import KEY, SWEEP

if TYPE_CHECKING:
    from collections.abc import Callable

    Seen = Any

FILES = ("messages.json", "changes.patch", "trace.jsonl", "wire.jsonl", "run.json")


@pytest.fixture
def place(tmp_path: Path, kept: tuple[str, ...]) -> Path:
    """Return the directory of a run that has every file."""
    folder = tmp_path / "state" / "runs" / kept[0]
    (folder / "changes.patch").write_text(f"--- a\n+++ b\n+in {Path.home()}/x and {tmp_path}\n")
    (folder / "wire.jsonl").write_text("{}\n")
    return folder


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "planted",
    [KEY, base64.b64encode(f"x:{KEY}".encode()).decode(), "sk-" + "a1B2" * 6],
    ids=["plain", "base64", "a shape"],
)
def test_a_key_is_never_packed(
    cab: Callable[..., Seen],
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    planted: str,
) -> None:
    """File and line are named, the key is not, nothing is written; masked it may go."""
    kind = "what looks like a key" if planted.startswith("sk-") else "the key"
    monkeypatch.setenv("MY_KEY", KEY)
    with (place / file).open("a") as kept:
        kept.write(f"\nsecond {planted} end\n")
    target = place / "out.zip"
    given = ("runs", "export", place.name, str(target), "--with-wire", "--key-env", "MY_KEY")
    seen = cab(*given, "--yes")
    lines = (place / file).read_text().split("\n")
    number = next(n for n, line in enumerate(lines, 1) if planted in line)
    assert (seen.code, seen.out, target.exists()) == (2, "", False)
    assert f"runs/{place.name}/{file}:{number} ({kind})" in seen.err
    assert planted not in seen.err
    assert cab(*given, "--yes", "--redact").code == 0
    with zipfile.ZipFile(target) as archive:
        packed = archive.read(f"runs/{place.name}/{file}").decode()
    assert planted not in packed
    assert "[redacted]" in packed


def test_what_is_packed_is_listed_and_tells_of_no_machine(
    cab: Callable[..., Seen], place: Path, tmp_path: Path
) -> None:
    """Each file with its size before it is written, the tape on demand, links and others not."""
    (place / "own.txt").write_text("mine")
    (place / "trace.jsonl").unlink()
    (place / "trace.jsonl").symlink_to(tmp_path / "elsewhere")
    target = tmp_path / "out.zip"
    refused = cab("runs", "export", place.name, str(target))
    assert (refused.code, target.exists()) == (2, False)
    assert "give --yes" in refused.err
    seen = cab("runs", "export", place.name, str(target), "--yes")
    assert seen.out == f"{target}\n"
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        texts = [archive.read(name).decode() for name in names]
    run = f"runs/{place.name}"
    own = [f"{run}/{name}" for name in ("changes.patch", "messages.json", "run.json")]
    assert names == ["NOTICE.txt", *own]
    for name, text in zip(names, texts, strict=True):
        assert f"{len(text.encode()):>12,}  {name}" in seen.err
        assert str(tmp_path) not in text
        assert str(Path.home()) not in text
    assert f"left out  {run}/wire.jsonl: only with --with-wire" in seen.err
    assert f"left out  {run}/trace.jsonl: a link, which is not followed" in seen.err
    assert f"left out  {run}/own.txt: not a file of the record" in seen.err
    assert "+in ~/x and <tmp>/" in texts[1]


def test_a_sweep_is_packed_whole(cab: Callable[..., Seen], kept: tuple[str, ...]) -> None:
    """Without FILE it lies with what it is of, and every run is in it."""
    seen = cab("runs", "export", SWEEP, "--yes")
    with zipfile.ZipFile(seen.out.strip()) as archive:
        assert {name.split("/")[1] for name in archive.namelist()[1:]} == set(kept)


def test_names_of_a_machine_are_reduced() -> None:
    """Longest first, at the ends of names only, with JSON's slashes, and no word of any log."""
    machine = Machine(
        directories=((Path("/home/eva"), "~"), (Path("/home/eva/work"), "."), (Path("/"), "no")),
        user="eva", host="box7.example.net",
    )  # fmt: skip
    text = r"/home/eva/work/a /home/eva/b /home/evan /home/eva-2 \/home\/eva\/c eva@box7 evade /"
    shown = r"./a ~/b /home/evan /home/<user>-2 ~\/c <user>@<host> evade /"
    assert machine.reduced(text) == shown
    assert Machine(directories=(), user="root", host="").reduced("root") == "root"
