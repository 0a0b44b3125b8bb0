"""Every command that the README shows is run, and everything else it claims is looked up."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cab_check
from cab_check.demo import serve
from cab_check.errors import ExitCode
from cab_check.tasks.catalog import CORPUS

README = Path(__file__).resolve().parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")
SHOWN = [line.strip() for line in re.findall(r"^    (\S.*)$", TEXT, re.MULTILINE)]
TASK = "integrity/ambiguous-ticket"
MOST_OF_IT = 12


def _commands() -> list[str]:
    """Return the cab commands of the code blocks and of the table, in the order they stand."""
    blocks = [line for line in SHOWN if re.match(r"(uvx cab-check|cab) ", line)]
    cells = re.findall(r"`(cab [a-z][^`]*)`", TEXT)
    return list(dict.fromkeys([*blocks, *cells]))


def _argv(command: str, url: str) -> list[str]:
    checked = f"--endpoint {url} --model oracle:{TASK} --task {TASK}"
    for shown, real in {
        "cab check --json": f"cab check --json {checked}",
        "cab doctor": f"cab doctor --endpoint {url} --model oracle:{TASK}",
        "--replay RUN": "--replay latest",
        "uvx cab-check check": "cab-check check",
        "check --model my-model --repeat": f"check --endpoint {url} --model my-model --repeat",
        "URL": url,
        "--key K": "--key made-up-readme-key",
        "https://api.example.com/v1": url,
        "--model my-model": f"--model oracle:{TASK} --task {TASK}",
        "--model M ": f"--model oracle:{TASK} ",
        "tasks show ID": f"tasks show {TASK}",
        "tasks check DIR": f"tasks check {CORPUS / 'polyglot' / 'python-reverse-string'}",
        "--task DIR": f"--task {CORPUS / 'polyglot' / 'python-reverse-string'}",
    }.items():
        command = command.replace(shown, real)
    name, *rest = command.replace("$SLURM_ARRAY_TASK_ID", "2").partition("  #")[0].split()
    return [str(Path(sys.executable).with_name(name)), *rest]


def test_the_readme_shows_commands() -> None:
    """The search finds what is shown; were it to find nothing, no other test here would."""
    assert len(_commands()) >= 8


@pytest.mark.parametrize("command", [command for command in _commands() if "mock" not in command])
async def test_command_of_the_readme_works(command: str, tmp_path: Path) -> None:
    """As it is shown, with the endpoint put in, it ends with exit 0."""
    async with serve(key="made-up-readme-key") as server:
        environment = _environment(tmp_path)
        if "runs show" in command or "cab report" in command:
            await _run(_argv("cab demo", server.url), environment)
        if "runs merge" in command:
            for number in (1, 2):
                shard = f"--repeat 2 --shard {number}/2 --state-dir {tmp_path / 'shards'}"
                await _run([*_argv("cab check --json", server.url), *shard.split()], environment)
        command = {
            "cab runs merge DIR…": f"cab runs merge {tmp_path / 'shards'}",
            "cab check": "cab check --json",
            "cab selftest": f"cab selftest --task {TASK}",
            "cab tasks new DIR": f"cab tasks new {tmp_path / 'mine'}",
        }.get(command, command)  # fmt: skip
        code, out = await _run(_argv(command, server.url), environment)
    assert code == 0, out


@pytest.mark.parametrize("command", [command for command in _commands() if "mock" in command])
async def test_server_of_the_readme_serves_until_it_is_stopped(
    command: str, tmp_path: Path
) -> None:
    """It prints its address, and ends with exit 0 when it is told to."""
    environment = _environment(tmp_path)
    async with serve(key="made-up-readme-key") as server:
        recorded = _argv("cab check --json", server.url)
        await _run([*recorded, "--record-wire"], environment)
        process = await asyncio.create_subprocess_exec(
            *_argv(command, server.url), env=environment, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert (await process.stdout.readline()).startswith(b"http://127.0.0.1:")
        process.terminate()
        assert await process.wait() == 0


@pytest.mark.soak
async def test_the_workflow_of_the_readme_works(tmp_path: Path) -> None:
    """Its four shards and the job that merges them end with exit 0, each line as it is shown."""
    check, merge = re.findall(r"- run: pip install cab-check && (cab .*)$", TEXT, re.MULTILINE)
    environment = _environment(tmp_path)
    async with serve(key="made-up-readme-key") as server:
        environment["CAB_ENDPOINT"] = server.url
        for number in range(1, 5):
            line = check.replace("${{ matrix.shard }}", str(number)).replace("'*/*'", TASK)
            line = line.replace("--state-dir out", f"--state-dir shard-{number}")
            argv = _argv(line.replace("my-model", f"oracle:{TASK}"), server.url)
            code, out = await _run(argv, environment)
            assert (code, f"shard {number}/4" in out) == (0, True), out
    shards = " ".join(f"shard-{number}" for number in range(1, 5))
    (baseline,) = (tmp_path / "shard-1" / "sweeps").iterdir()
    line = merge.replace("shard-*", shards).replace("./baseline", str(baseline))
    code, out = await _run(_argv(line, server.url), environment)
    assert code == 0, out
    assert "--fail-under 80%: met with 3 of 3" in out
    assert "cannot tell" in out


def _environment(state: Path) -> dict[str, str]:
    return {
        **{n: v for n, v in os.environ.items() if not n.startswith(("CAB_", "OPENAI_"))},
        "CAB_KEY": "made-up-readme-key",
        "CAB_STATE_DIR": str(state),
        "SLURM_ARRAY_TASK_ID": "2",
        "SLURM_ARRAY_TASK_COUNT": "4",
    }


async def _run(argv: list[str], environment: dict[str, str]) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=environment["CAB_STATE_DIR"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


def test_the_readme_is_short() -> None:
    """STYLE: 150 lines at most."""
    assert len(TEXT.splitlines()) <= 150


def test_the_exit_codes_are_those_of_the_code() -> None:
    """The table names each exit code once, and no other."""
    listed = [int(code) for code in re.findall(r"^\| (\d+) \| ", TEXT, re.MULTILINE)]
    assert sorted(listed) == sorted(int(code) for code in ExitCode)


def test_the_demo_output_is_what_the_demo_prints() -> None:
    """The shown scorecard has the lines of a real one, figures of time aside.

    It is an ordinary user's: what a box says in addition where cab runs as root is left out.
    """
    done = subprocess.run(
        [Path(sys.executable).with_name("cab"), "demo"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
    )  # fmt: skip
    shown = TEXT[TEXT.index("     PROVISIONAL") :].split("\n\nThe tests,")[0]
    said = re.sub(
        r"^ +weaker than full:.*?(?=^ Cell)", "", done.stdout, flags=re.MULTILINE | re.DOTALL
    )
    real = _shape(said if os.getuid() == 0 else done.stdout)
    assert _shape(shown) == real[: len(_shape(shown))]
    assert len(_shape(shown)) > MOST_OF_IT


def _shape(card: str) -> list[str]:
    """Keep the words at the head of each line; figures, times and names of runs differ."""
    return [
        re.sub(r"[\d.,:TZ/~-]+.*", "", re.sub(r"\b[0-9a-f]{12}\b", "0", line)).strip()
        for line in card.splitlines()
        if line.strip()
    ]


def test_the_readme_names_what_exists() -> None:
    """Paths and schemas that it points at are there."""
    package = Path(cab_check.__file__).parent
    for name in re.findall(r"`(cab_check/[a-z_/]+)`", TEXT):
        assert (package.parent / name).exists(), name
    assert list((package / "record").glob("*.schema.json"))
