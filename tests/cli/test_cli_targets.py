"""Targets: several endpoints and models, typed or from a file, and which key goes where."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from cab_check.demo import serve
from tests.cli.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

PLAIN = "polyglot/python-reverse-string"
HERE, THERE = "http://127.0.0.1:9/v1", "http://localhost:9/v1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a file for targets."""
    return tmp_path / "targets.toml"


@pytest.fixture
def planned(cab: Cab) -> Callable[..., Outcome]:
    """Plan a sweep of one task, without a request."""

    def run(*options: str) -> Outcome:
        return cab("check", "--task", PLAIN, "--isolation", "none", "--dry-run", "--json", *options)

    return run


def table(url: str, *lines: str) -> str:
    """Return one [[target]]."""
    return "\n".join(["[[target]]", f'endpoint = "{url}"', *lines, ""])


def test_targets_from_a_file(
    cab: Cab, endpoint: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endpoint, model and the variable that holds the key; the name given is the one shown."""
    monkeypatch.setenv("ONE_KEY", KEY)
    lines = ('name = "first"', f'model = "noop:{PLAIN}"', 'key_env = "ONE_KEY"')
    unnamed = (f'model = "oracle:{PLAIN}"', 'key_env = "ONE_KEY"')
    file.write_text(table(endpoint, *lines) + table(endpoint, *unnamed))
    asked = ("check", "--targets", str(file), "--task", PLAIN, "--isolation", "none", "--json")
    seen = cab(*asked)
    assert [run["verdict"]["status"] for run in seen.document["runs"]] == ["scored"] * 2, seen.err
    names = [target["name"] for target in seen.document["sweep"]["targets"]]
    host = endpoint.removeprefix("http://").removesuffix("/v1")
    assert names == ["first", f"oracle:{PLAIN} @ {host}"]
    assert KEY not in seen.out + seen.err


def test_each_endpoint_gets_its_own_key_alone(
    cab_process: Callable[..., Outcome], file: Path
) -> None:
    """Two servers, each of which takes its own key alone: both answer."""
    keys = {"KEY_1": "made-up-key-of-one", "KEY_2": "made-up-key-of-two"}
    asked = ("check", "--targets", str(file), "--task", PLAIN, "--isolation", "none", "--json")

    async def play() -> Outcome:
        async with serve(key=keys["KEY_1"]) as one, serve(key=keys["KEY_2"]) as two:
            _write(file, one.url, two.url)
            return await asyncio.to_thread(cab_process, *asked, **keys)

    seen = asyncio.run(play())
    assert [run["verdict"]["status"] for run in seen.document["runs"]] == ["scored"] * 2, seen.err
    assert "goes to" not in seen.err


def _write(file: Path, *urls: str) -> None:
    tables = (
        table(url, f'model = "noop:{PLAIN}"', f'key_env = "KEY_{number}"')
        for number, url in enumerate(urls, 1)
    )
    file.write_text("".join(tables))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[[target]]\nkey = "made-up-secret"\n', "'key' may hold a secret"),
        ('[[target]]\napi_key = "made-up-secret"\n', "'api_key' may hold a secret"),
        ('[[target]]\nheaders = {Authorization = "made-up-secret"}\n', "may hold a secret"),
        (table("https://u:made-up-secret@h/v1"), "may hold a secret"),
        (table("https://h/v1?sig=made-up-secret"), "may hold a secret"),
        (table(HERE, 'key_env = "made-up-secret"'), "no variable's name"),
        (table(HERE, 'key_env = "madeupsecret"'), "key_env: the variable named there"),
        (table(HERE, 'key_env = "NOT_SET"'), "target 1: key_env: NOT_SET is not set"),
        (table(HERE, 'kye_env = "X"'), "did you mean 'key_env'?"),
        (table(HERE, "model = 3"), "model must be a text"),
        (table(HERE, 'model = " "'), "model is empty"),
        ('[[target]]\nmodel = "m"\n', "endpoint is missing"),
        (table("ftp://h/v1"), "the scheme ftp"),
        (table(HERE, 'name = "a"') * 2, "the target 'a' is there twice"),
        (table(HERE, 'model = "m"') * 2, "the target 'm @ http://127.0.0.1:9/v1' is there twice"),
        ("[target]\nmodel = 1\n", "has no [[target]]"),
        ("[[targets]]\n", "unknown key 'targets'"),
        ("[[target]]\nmodel = \n", "line 2"),
        ("", "has no [[target]]"),
    ],
)
def test_a_mistake_in_the_file_is_named(
    planned: Callable[..., Outcome], file: Path, content: str, words: str
) -> None:
    """Exit 2 before anything is sent, with place and remedy; what may be a secret is not shown."""
    file.write_text(content)
    seen = planned("--targets", str(file))
    assert seen.code == 2
    assert words in seen.err
    assert "hint:" in seen.err
    assert "secret@" not in seen.err
    assert "made-up-secret" not in seen.err + seen.out
    assert "madeupsecret" not in seen.err + seen.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--endpoint", ""), "--endpoint was given an empty text"),
        (("--endpoint", HERE, "--model", " "), "--model was given an empty text"),
        (("--endpoint", HERE, "--model", "m", "--model", "m"), "is there twice"),
        (("--endpoint", HERE, "--endpoint", f"{HERE}/", "--model", "m"), "is there twice"),
        (("--endpoint", HERE, "--endpoint", "127.0.0.1:9", "--model", "m"), "is there twice"),
        (("--endpoint", HERE, "--targets", "x.toml"), "--targets names endpoints"),
        (("--endpoint", HERE, "--key-env", "made-up-secret"), "no variable's name"),
        (("--endpoint", HERE, "--key-env", "madeupsecret"), "not set or empty"),
    ],
)
def test_a_mistake_on_the_command_line_is_named(
    planned: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    words: str,
) -> None:
    """An empty option is told: it never falls back on a variable."""
    monkeypatch.setenv("CAB_ENDPOINT", THERE)
    seen = planned(*options)
    assert (seen.code, words in seen.err) == (2, True), seen.err
    assert "made-up-secret" not in seen.err + seen.out
    assert "madeupsecret" not in seen.err + seen.out


def test_all_models_at_all_endpoints_named_apart(cab: Cab) -> None:
    """Two models at two addresses of one host make four targets, each with a name of its own."""
    seen = cab(
        "check", "--endpoint", HERE, "--endpoint", "http://127.0.0.1:9/v2", "--model", "a",
        "--model", "b", "--key", KEY, "--task", PLAIN, "--isolation", "none", "--dry-run", "--json",
    )  # fmt: skip
    assert seen.document["cells"] == [f"{target}:{PLAIN}:1" for target in range(4)]
    assert "goes to" not in seen.err  # one origin


def test_one_key_for_several_hosts_is_told(
    planned: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line names the hosts, for a key and for a header; the same origin needs none."""
    asked = ("--endpoint", HERE, "--endpoint", THERE, "--model", "m")
    hosts = "goes to 127.0.0.1:9 and to localhost:9"
    assert f"the key given with --key {hosts}" in planned(*asked, "--key", KEY).err
    assert f"--header x-key {hosts}" in planned(*asked, "--header", f"x-key: {KEY}").err
    assert "goes to" not in planned(*asked).err
    assert "goes to" not in planned(*asked[2:], "--key", KEY).err
    monkeypatch.setenv("CAB_KEY", KEY)
    assert f"the key in CAB_KEY {hosts}" in planned(*asked).err


def test_a_common_key_is_handed_to_no_second_host(
    planned: Callable[..., Outcome], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With targets at two hosts each says which key it gets, or that it gets none."""
    monkeypatch.setenv("ONE_KEY", KEY)
    of_its_own = 'key_env = "ONE_KEY"'
    file.write_text(table(HERE, of_its_own) + table(THERE))
    asked = ("--targets", str(file))
    assert planned(*asked).code == 0
    for options in (("--key", KEY), ("--key-env", "ONE_KEY")):
        seen = planned(*asked, *options)
        assert (seen.code, "target 2 has no key_env" in seen.err) == (2, True), seen.err
    monkeypatch.setenv("CAB_KEY", KEY)
    assert planned(*asked).code == 2
    file.write_text(table(HERE, of_its_own) + table(THERE, 'key_env = ""'))
    assert planned(*asked).code == 0
    file.write_text(table(HERE, 'name = "a"') + table(HERE, 'name = "b"'))
    assert planned(*asked).code == 0
    file.write_text(table(HERE, of_its_own))
    assert "is for none" in planned(*asked, "--key", KEY).err


def test_settings_of_targets_are_shown_with_where_they_are_from(
    cab: Cab, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Address, model and the key's variable of each, by the place in the file; no key."""
    monkeypatch.setenv("ONE_KEY", KEY)
    monkeypatch.setenv("CAB_ENDPOINT", THERE)
    file.write_text(
        table(HERE, 'model = "m"', 'key_env = "ONE_KEY"') + table(HERE, 'key_env = "NOT_SET"')
    )
    seen = cab("check", "--show-settings", "--targets", str(file), "--json")
    rows = {row["name"]: (row["value"], row["origin"]) for row in seen.document["settings"]}
    assert rows["endpoint"] == (None, "the file of --targets")
    assert rows["target 1 endpoint"] == (HERE, f"{file}: target 1")
    place = f"named by {file}: target"
    assert rows["target 1 key"] == ("(not shown)", f"environment ONE_KEY, {place} 1")
    assert rows["target 2 key"] == (None, f"environment NOT_SET, {place} 2")
    assert KEY not in seen.out + seen.err
