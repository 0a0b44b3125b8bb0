"""Profiles: flag, then environment, then profile, then default; a key is in none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

PLAIN = "polyglot/python-reverse-string"
PROFILE = """\
[profiles.night]
endpoint = "http://127.0.0.1:9/v1"
model = ["a", "b"]
key_env = "NIGHT_KEY"
max-turns = 7
jobs = 4
no-stream = true
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the profile `night` where cab looks for profiles."""
    file = tmp_path / "config.toml"
    file.write_text(PROFILE)
    monkeypatch.setenv("CAB_CONFIG", str(file))
    return file


def settings(cab: Cab, *arguments: str) -> dict[str, tuple[str, str]]:
    """Return value and origin of each setting, the origin's first word alone."""
    seen = cab("check", "--show-settings", "--json", *arguments)
    assert seen.code == 0, seen.err
    rows: list[dict[str, Any]] = seen.document["settings"]
    return {row["name"]: (row["value"], row["origin"].split()[0]) for row in rows}


@pytest.mark.usefixtures("config")
def test_flag_before_environment_before_profile_before_default(
    cab: Cab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One setting for each step, and its origin beside it."""
    monkeypatch.setenv("CAB_ISOLATION", "none")
    monkeypatch.setenv("CAB_MODEL", "c")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.openai.com/v1")
    found = settings(cab, "--profile", "night", "--jobs", "2")
    assert found["jobs"] == ("2", "command")
    assert found["isolation"] == ("none", "environment")
    assert found["model"] == ("c", "environment")
    assert found["endpoint"] == ("http://127.0.0.1:9/v1", "profile")
    assert found["max-turns"] == ("7", "profile")
    assert found["no-stream"] == ("True", "profile")
    assert found["repeat"] == ("1", "default")


@pytest.mark.usefixtures("config")
def test_the_profile_can_be_named_by_a_variable(cab: Cab, monkeypatch: pytest.MonkeyPatch) -> None:
    """CAB_PROFILE is --profile; without either no file is read."""
    assert settings(cab)["jobs"] == ("1", "default")
    monkeypatch.setenv("CAB_PROFILE", "night")
    assert settings(cab)["jobs"] == ("4", "profile")
    assert settings(cab, "--model", "x")["model"] == ("x", "command")


@pytest.mark.usefixtures("config")
def test_a_key_is_never_shown_only_where_it_is_from(
    cab: Cab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the profile's variable, from CAB_KEY before that, from the flag before both."""
    monkeypatch.setenv("NIGHT_KEY", KEY)
    asked = ("check", "--profile", "night", "--show-settings")
    seen = [cab(*asked)]
    monkeypatch.setenv("CAB_KEY", KEY)
    seen += [cab(*asked), cab(*asked, "--key", KEY, "--header", f"api-key: {KEY}")]
    origins = ["NIGHT_KEY, named by profile night", "environment CAB_KEY", "command line --key"]
    for outcome, origin in zip(seen, origins, strict=True):
        assert outcome.out.splitlines()[-1].endswith(origin)
        assert KEY not in outcome.out + outcome.err


def test_a_profile_is_enough_to_run(
    cab: Cab, endpoint: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endpoint, model, task, key and isolation from the profile; a score comes out."""
    monkeypatch.setenv("NIGHT_KEY", KEY)
    config.write_text(
        f'[profiles.here]\nendpoint = "{endpoint}"\nmodel = "noop:{PLAIN}"\ntask = "{PLAIN}"\n'
        'key-env = "NIGHT_KEY"\nisolation = "none"\nmax-turns = 1\n'
    )
    seen = cab("check", "--profile", "here", "--json")
    assert (seen.code, len(seen.document["runs"])) == (1, 1), seen.err
    assert seen.document["runs"][0]["turns"] == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('key = "made-up-secret"', "'key' may hold a secret"),
        ('api-key = "made-up-secret"', "'api-key' may hold a secret"),
        ('header = ["api-key: made-up-secret"]', "'header' may hold a secret"),
        ('endpoint = "http://u:made-up-secret@h/v1"', "may hold a secret"),
        ("max_turn = 3", "did you mean 'max-turns'?"),
        ('resume = "latest"', "unknown key 'resume'"),
        ('jobs = "many"', "profiles.bad.jobs"),
        ("jobs = true", "wrong kind"),
        ('no-stream = "yes"', "wrong kind"),
        ("jobs = 0", "profiles.bad.jobs"),
        ("jobs = ", "is no TOML"),
        ("[other]", "unknown key 'other'"),
    ],
    ids=lambda value: value.split()[0] if "=" in value or "[" in value else "",
)  # fmt: skip
def test_a_mistake_is_named_by_file_and_key(cab: Cab, config: Path, line: str, words: str) -> None:
    """Exit 2, the place, the nearest name; what may be a secret is not shown."""
    config.write_text(f"[profiles.bad]\n{line}\n")
    seen = cab("check", "--profile", "bad", "--show-settings")
    assert seen.code == 2
    assert words in seen.err
    assert str(config) in seen.err
    assert "made-up-secret" not in seen.err


def test_a_profile_that_is_not_there(cab: Cab, config: Path) -> None:
    """The nearest is named; a missing file too."""
    assert "did you mean 'night'?" in cab("check", "--profile", "nigth").err
    config.unlink()
    seen = cab("check", "--profile", "night")
    assert (seen.code, str(config) in seen.err) == (2, True)
