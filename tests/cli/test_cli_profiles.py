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


def settings(cab: Cab, *arguments: str) -> dict[str, tuple[object, str]]:
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
    assert found["jobs"] == (2, "command")
    assert found["isolation"] == ("none", "environment")
    assert found["model"] == (["c"], "environment")
    assert found["endpoint"] == (["http://127.0.0.1:9/v1"], "profile")
    assert found["max-turns"] == (7, "profile")
    assert found["no-stream"] == (True, "profile")
    assert found["repeat"] == (1, "default")
    assert found["temperature"] == (None, "default")


@pytest.mark.usefixtures("config")
def test_the_profile_can_be_named_by_a_variable(cab: Cab, monkeypatch: pytest.MonkeyPatch) -> None:
    """CAB_PROFILE is --profile; without either no file is read."""
    assert settings(cab)["jobs"] == (1, "default")
    monkeypatch.setenv("CAB_PROFILE", "night")
    assert settings(cab)["jobs"] == (4, "profile")
    assert settings(cab, "--model", "x")["model"] == (["x"], "command")


def test_a_key_is_never_shown_only_where_it_is_from(
    cab: Cab, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the profile's variable, from CAB_KEY before that, from the flag before both."""
    monkeypatch.setenv("NIGHT_KEY", KEY)
    asked = ("check", "--profile", "night", "--show-settings")
    seen = [cab(*asked)]
    monkeypatch.setenv("CAB_KEY", KEY)
    seen += [cab(*asked), cab(*asked, "--key", KEY, "--header", f"api-key: {KEY}")]
    by = f"NIGHT_KEY, named by profile night of {config}"
    origins = [by, "environment CAB_KEY", "command line --key"]
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
        ('headers = ["Authorization: made-up-secret"]', "'headers' may hold a secret"),
        ('token = "made-up-secret"', "'token' may hold a secret"),
        ('key_env = "made-up-secret"', "no variable's name"),
        ("extra-body = '{\"api_key\": \"made-up-secret\"}'", "'api_key' may hold a secret"),
        ('endpoint = "http://h/v1?key=made-up-secret"', "may hold a secret"),
        ("max_turn = 3", "did you mean 'max-turns'"),
        ("jobs = 1.5", "wrong kind"),
        ("temperature = true", "wrong kind"),
        ("model = [1]", "wrong kind"),
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
    """The nearest is named, and all that there are; a missing file too."""
    config.write_text("[profiles.night]\n[profiles.day]\n")
    assert "did you mean 'night'? there: day, night" in cab("check", "--profile", "nigth").err
    config.unlink()
    seen = cab("check", "--profile", "night")
    assert (seen.code, str(config) in seen.err) == (2, True)


def test_where_the_file_lies(cab: Cab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG_CONFIG_HOME counts when it is a whole path; else it is ~/.config, on every system."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for home, place in ((str(tmp_path / "xdg"), "xdg"), ("relative", ".config"), ("", ".config")):
        monkeypatch.setenv("XDG_CONFIG_HOME", home)
        file = tmp_path / place / "cab-check/config.toml"
        assert str(file) in cab("check", "--profile", "x").err
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[profiles.x]\njobs = 3\n")
        assert settings(cab, "--profile", "x")["jobs"] == (3, "profile")
        file.unlink()


def test_a_profiles_key_for_another_host_is_told(
    cab: Cab, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typed address, or CAB_ENDPOINT, outranks the profile's: a line says where its key goes."""
    monkeypatch.setenv("NIGHT_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.openai.com/v1")
    asked = ("check", "--profile", "night", "--dry-run", "--isolation", "none")
    line = "the key that profile night names goes to 127.0.0.1:8, not to the profile's endpoint"
    assert "goes to" not in cab(*asked).err
    assert line in cab(*asked, "--endpoint", "http://127.0.0.1:8/v1").err
    assert "goes to" not in cab(*asked, "--endpoint", "http://127.0.0.1:9/v2").err
    monkeypatch.setenv("CAB_ENDPOINT", "http://127.0.0.1:8/v1")
    assert line in cab(*asked).err
    config.write_text('[profiles.night]\nkey-env = "NIGHT_KEY"\n')
    assert "goes to" not in cab(*asked).err


def test_what_an_unfinished_sweep_holds_is_shown(cab: Cab, endpoint: str, config: Path) -> None:
    """With --resume the sweep's own options count, and are said to be its; a new cap is not."""
    cab("check", "--endpoint", endpoint, "--key", KEY, "--isolation", "none", "--repeat", "2",
        "--model", f"noop:{PLAIN}", "--task", PLAIN)  # fmt: skip
    found = settings(cab, "--resume", "latest", "--jobs", "2")
    assert found["repeat"] == (2, "sweep")
    assert found["model"] == ([f"noop:{PLAIN}"], "sweep")
    assert found["jobs"] == (2, "command")
    config.write_text("[profiles.capped]\nmax-requests = 9\n")
    found = settings(cab, "--resume", "latest", "--profile", "capped")
    assert found["max-requests"] == (9, "profile")


def test_paths_are_from_the_files_directory(
    cab: Cab, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A targets file beside it is found from anywhere, and `~` is the home directory."""
    monkeypatch.delenv("CAB_STATE_DIR")
    monkeypatch.setenv("HOME", "/home/somebody")
    config.write_text('[profiles.x]\ntargets = "t.toml"\nstate-dir = "~/runs"\n')
    (config.parent / "t.toml").write_text('[[target]]\nendpoint = "http://127.0.0.1:9/v1"\n')
    found = settings(cab, "--profile", "x")
    assert found["targets"] == (str(config.parent / "t.toml"), "profile")
    assert found["state-dir"] == ("/home/somebody/runs", "profile")
    assert found["target 1 endpoint"][0] == "http://127.0.0.1:9/v1"
