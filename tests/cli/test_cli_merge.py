"""`cab runs merge`: shards of other machines become one sweep, or it is said why they are none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from tests.cli.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

PLAIN = "polyglot/python-reverse-string"


def check(url: str, place: Path, *more: str, repeats: int = 3) -> list[str]:
    """Return a check whose runs are kept in a place of their own."""
    return ["check", "--endpoint", url, "--key", KEY, "--isolation", "none", "--model",
            f"noop:{PLAIN}", "--task", PLAIN, "--repeat", str(repeats),
            "--state-dir", str(place), *more]  # fmt: skip


def verdicts(document: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Return how each cell ended."""
    return {
        run["identity"]["sweep_cell"]: (run["verdict"]["status"], run["verdict"]["fault"])
        for run in document["runs"]
    }


def figures(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all that was measured of each cell but what is a time or made of one."""
    timed = {"latency", "composite"}
    return {
        run["identity"]["sweep_cell"]: {
            "axes": {name: axis for name, axis in run["axes"].items() if name not in timed},
            "tokens": [run["timing"][name] for name in ("prompt_tokens", "completion_tokens")],
            "turns": run["turns"],
            "stop": run["stop_reason"],
            "accommodations": [one["name"] for one in run["accommodations"]],
        }
        for run in document["runs"]
    }


def run_shards(cab: Cab, url: str, folder: Path) -> tuple[Path, Path]:
    """Run three cells in two shards, one of which has a single cell."""
    places = (folder / "one", folder / "two")
    for number, place in enumerate(places, 1):
        assert cab(*check(url, place, "--shard", f"{number}/2")).code == 1
    return places


@pytest.fixture(scope="module")
def mould(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the first test leaves shards for all others to copy."""
    return tmp_path_factory.mktemp("mould")


@pytest.fixture
def shards(cab: Cab, endpoint: str, tmp_path: Path, mould: Path) -> tuple[Path, Path]:
    """Return a copy of two shards of three cells that were really run."""
    if not (mould / "two").exists():
        run_shards(cab, endpoint, mould)
    for name in ("one", "two"):
        shutil.copytree(mould / name, tmp_path / name)
    return tmp_path / "one", tmp_path / "two"


def edit(place: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what a shard says of itself."""
    (file,) = place.glob("sweeps/*/sweep.json")
    record = json.loads(file.read_text())
    change(record)
    file.write_text(json.dumps(record))


def test_shards_become_one_sweep(cab: Cab, shards: tuple[Path, Path], tmp_path: Path) -> None:
    """By state directory or by sweep; the cells, spending and runs are all there, also again."""
    (own,) = shards[1].glob("sweeps/*")
    seen = cab("runs", "merge", str(shards[0]), str(own), "--json")
    assert seen.code == 1, seen.err
    sweep = seen.document["sweep"]
    assert verdicts(seen.document) == {f"0:{PLAIN}:{r}": ("scored", "model") for r in (1, 2, 3)}
    assert (sweep["shard"], len(sweep["plan"])) == ({"number": 1, "of": 1}, 3)
    assert len(sweep["merged_from"]) == 2
    assert seen.document["missing"] == []
    parts = [json.loads(f.read_text()) for p in shards for f in p.glob("sweeps/*/sweep.json")]
    assert sweep["spent"]["requests"] == sum(part["spent"]["requests"] for part in parts)
    kept = sorted(path.name for path in (tmp_path / "state" / "runs").iterdir())
    assert sorted(cell["run"] for cell in sweep["cells"]) == kept
    assert cab("runs", "merge", *map(str, shards)).code == 1
    assert sorted(path.name for path in (tmp_path / "state" / "runs").iterdir()) == kept
    packed = tmp_path / "packed.zip"
    (own,) = (tmp_path / "state" / "sweeps").glob(sweep["sweep_id"])
    assert cab("runs", "export", str(own), str(packed), "--yes").code == 0
    names = ZipFile(packed).namelist()
    assert f"sweeps/{sweep['sweep_id']}/sweep.json" in names
    assert sum(name.endswith("/run.json") for name in names) == 3
    shown = cab("runs", "show", sweep["sweep_id"], "--json").document
    assert verdicts(shown) == verdicts(seen.document)


def test_a_name_that_is_taken_gives_way(
    cab: Cab, shards: tuple[Path, Path], tmp_path: Path
) -> None:
    """Another run of the same name stays what it is."""
    (run,) = list((shards[1] / "runs").iterdir())[:1]
    other = tmp_path / "state" / "runs" / run.name
    other.mkdir(parents=True)
    (other / "run.json").write_text("another")
    seen = cab("runs", "merge", *map(str, shards), "--json")
    assert (other / "run.json").read_text() == "another"
    names = [cell["run"] for cell in seen.document["sweep"]["cells"]]
    assert len(set(names)) == 3
    assert run.name not in names


def test_what_is_missing_is_named_and_can_be_run(cab: Cab, endpoint: str, tmp_path: Path) -> None:
    """A shard that is not there and a cell whose run is gone: exit 6, and --resume runs them."""
    shards = run_shards(cab, endpoint, tmp_path)
    alone = max(shards, key=lambda place: len(list((place / "runs").iterdir())))
    shutil.rmtree(next((alone / "runs").iterdir()))
    seen = cab("runs", "merge", str(alone))
    assert seen.code == 6
    assert seen.err.count("missing: shard") == 1
    assert seen.err.count("missing: cell") == 1
    assert "scored 1 of 3 cells" in seen.out
    again = cab("check", "--resume", "latest", "--key", KEY, "--endpoint", endpoint, "--json")
    assert "1 of 3 cells are there" in again.err
    assert len(verdicts(again.document)) == 3


def test_a_cell_that_was_not_run_is_named_once(cab: Cab, shards: tuple[Path, Path]) -> None:
    """It is a line without a run, as a budget leaves it: missing, and no run is looked for."""
    (path,) = shards[0].glob("sweeps/*/cells.jsonl")
    first, *others = path.read_text().splitlines()
    first = json.dumps(json.loads(first) | {"run": None, "over": False})
    path.write_text("\n".join([first, *others, ""]))
    seen = cab("runs", "merge", *map(str, shards))
    assert seen.code == 6
    assert seen.err.count("missing: cell") == 1
    assert "is not there" not in seen.err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r["versions"].update(cab_check="9"), "cab's version is"),
        (lambda r: r["versions"].update(scorers="9"), "the scorers' version is"),
        (lambda r: r["tasks"][0].update(fixture_sha256="0"), f"the fixture of {PLAIN}"),
        (lambda r: r["tasks"][0].update(judge_sha256="0"), f"the judge of {PLAIN}"),
        (lambda r: r["settings"].update(temperature=1.5), "--temperature is None and 1.5"),
        (lambda r: r["targets"][0].update(model="m"), "the targets are"),
        (lambda r: r.update(repeats=4), "--repeat is 3 and 4"),
        (lambda r: r["shard"].update(of=3), "the number of shards is 2 and 3"),
        (lambda r: r["shard"].update(number=1, of=1), "is no shard"),
        (lambda r: r["shard"].update(number=1), "the shard 1/2 is there twice"),
        (lambda r: r["shard"].update(number=3), "shard 3/2 with"),
        (lambda r: r.update(repeats=10**9), "of 1000000000 cells cannot be"),
        (lambda r: r["tasks"][0].update(seed=7), f"the seed of {PLAIN} is None and 7"),
        (lambda r: r["targets"][0].update(endpoint="http://h"), "at http://h)"),
        (lambda r: r.update(exit_code=99), "none of cab's"),
        (lambda r: r.update(demo=True), "the embedded endpoint is False and True"),
        (lambda r: r["plan"].extend(f"0:{PLAIN}:{n}" for n in (1, 2, 3)), "is in two shards"),
        (lambda r: r["plan"].append("7:x:1"), "7:x:1 is not of this sweep"),
    ],
    ids=lambda value: value.replace(" ", "-")[:24] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_not_one_measurement_is_refused(
    cab: Cab,
    shards: tuple[Path, Path],
    change: Callable[[dict[str, Any]], object],
    words: str,
    tmp_path: Path,
) -> None:
    """The message names what differs, and nothing is copied."""
    edit(shards[1], change)
    (second,) = shards[1].glob("sweeps/*")
    seen = cab("runs", "merge", str(shards[0]), str(second))
    assert (seen.code, words in seen.err) == (2, True), seen.err
    assert not (tmp_path / "state" / "runs").exists()


def test_a_run_is_named_never_pointed_at(cab: Cab, shards: tuple[Path, Path]) -> None:
    """What comes from another machine cannot make a path of its own."""
    (lines,) = shards[0].glob("sweeps/*/cells.jsonl")
    cell = json.loads(lines.read_bytes().splitlines()[0]) | {"run": "../../etc"}
    lines.write_text(json.dumps(cell) + "\n")
    seen = cab("runs", "merge", *map(str, shards))
    assert seen.code == 2
    assert "is no name of a run" in seen.err


def test_shards_are_found_where_they_were_put(
    cab: Cab, shards: tuple[Path, Path], tmp_path: Path
) -> None:
    """In a directory of state directories, by a pattern that no shell has read, twice named."""
    whole = tmp_path / "all"
    whole.mkdir()
    for place in shards:
        place.rename(whole / place.name)
    for places in ([whole], [whole / "*"], [whole / "one", whole / "two" / "sweeps", whole]):
        seen = cab("runs", "merge", *map(str, places), "--json")
        assert (seen.code, len(seen.document["runs"])) == (1, 3), seen.err


@pytest.mark.parametrize("place", ["nowhere", "no*where", "empty"])
def test_a_place_without_shards_is_named(cab: Cab, tmp_path: Path, place: str) -> None:
    """And what to give instead."""
    (tmp_path / "empty").mkdir()
    seen = cab("runs", "merge", str(tmp_path / place))
    assert seen.code == 2
    assert place in seen.err
    assert "hint: give the --state-dir" in seen.err


@pytest.mark.parametrize(
    ("file", "content"),
    [("runs/*/run.json", "{"), ("runs/*/run.json", "{}"), ("sweeps/*/cells.jsonl", "[7]\n")],
)
def test_what_is_damaged_is_missing_and_said(
    cab: Cab, shards: tuple[Path, Path], file: str, content: str
) -> None:
    """A run or a line that cannot be read is no cell: exit 6, and its cell is named."""
    for path in shards[0].glob(file):
        path.write_text(content)
    seen = cab("runs", "merge", *map(str, shards))
    assert seen.code == 6
    assert "note: " in seen.err
    assert f"missing: cell {PLAIN} #" in seen.err
    assert "a part of a sweep" in seen.out


def test_gates_hold_for_the_merged_sweep_alone(cab: Cab, shards: tuple[Path, Path]) -> None:
    """The code of a shard's own gates counts no more; what is missing is never passed."""
    for place in shards:
        edit(place, lambda r: r.update(exit_code=0, gates=[]))
    assert cab("runs", "merge", *map(str, shards)).code == 1
    met = cab("runs", "merge", *map(str, shards), "--fail-under", "0", "--json")
    assert met.code == met.document["sweep"]["exit_code"] == 0
    assert met.document["gates"] == met.document["sweep"]["gates"]
    again = cab("runs", "show", met.document["sweep"]["sweep_id"], "--json").document
    assert (again["exit_code"], again["sweep"]["gates"]) == (0, met.document["gates"])
    held = cab("runs", "merge", *map(str, shards), "--baseline", again["sweep"]["sweep_id"])
    assert held.code == 1
    assert "3 pairs, 0 passed before: cannot tell" in held.err
    part = cab("runs", "merge", str(shards[0]), "--fail-under", "0")
    assert part.code == 6
    assert "--fail-under 0: not judged" in part.err
    assert "not merged" in part.out


def test_what_a_shard_does_not_tell_of_its_spending_is_unknown(
    cab: Cab, shards: tuple[Path, Path]
) -> None:
    """It is said, and no sum is made of the others'."""
    edit(shards[0], lambda r: r.update(spent=None, ended_at=None, exit_code=None))
    for path in shards[0].glob("sweeps/*/.spent"):
        path.unlink()
    seen = cab("runs", "merge", *map(str, shards), "--json")
    assert "what it has spent is not known" in seen.err
    assert (seen.code, seen.document["sweep"]["spent"]) == (1, None)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_four_shards_are_the_whole_sweep(cab: Cab, endpoint: str, tmp_path: Path) -> None:
    """Four processes, by GNU parallel where it is there: the same cells, the same verdicts."""
    tasks = ["--task", "integrity/ambiguous-ticket", "--jobs", "2"]
    whole = cab(*check(endpoint, tmp_path / "whole", *tasks), "--json")
    program = str(Path(sys.executable).with_name("cab"))
    places = [tmp_path / f"shard{number}" for number in range(1, 5)]
    lines = [
        [program, *check(endpoint, place, *tasks, "--shard", f"{number}/4")]
        for number, place in enumerate(places, 1)
    ]
    parallel = shutil.which("parallel")
    if parallel:
        command = [program, *check(endpoint, tmp_path / "shard{}", *tasks, "--shard", "{}/4")]
        done = subprocess.run(
            [parallel, "--jobs", "2", "--quote", *command, ":::", "1", "2", "3", "4"],
            capture_output=True, text=True, check=False, env=os.environ | {"HOME": str(tmp_path)},
        )  # fmt: skip
        assert "shard 4/4" in done.stderr
    else:
        running = [subprocess.Popen(line, stdout=subprocess.DEVNULL) for line in lines]
        assert {process.wait() for process in running} <= {0, 1}
    merged = cab("runs", "merge", *map(str, places), "--json")
    assert merged.document["missing"] == [], merged.err
    assert verdicts(merged.document) == verdicts(whole.document)
    assert figures(merged.document) == figures(whole.document)
    assert merged.code == whole.code
