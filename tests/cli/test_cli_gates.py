"""Gates of a run in CI as typed: what is said before anything is sent, and what the code is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from cab_check.record import result_schema
from tests.cli.test_cli_sweep import PLAIN, given

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

NOWHERE = "http://127.0.0.1:9/v1"
MODEL = f"noop:{PLAIN}"


@pytest.fixture
def baseline(cab: Cab, endpoint: str) -> str:
    """Run a sweep of two failing cells; its id."""
    document = cab(*given(endpoint, MODEL), "--repeat", "2", "--json").document
    return str(document["sweep"]["sweep_id"])


def test_a_baseline_is_told_of_before_the_first_request(
    cab: Cab, endpoint: str, baseline: str
) -> None:
    """What it cannot show, it says it cannot; the cells' own code stays, and JSON has it all."""
    seen = cab(*given(endpoint, MODEL), "--repeat", "2", "--baseline", "latest", "--json")
    told = f"--baseline {baseline}: 2 pairs, 0 passed before: cannot tell: "
    assert -1 < seen.err.find(told) < seen.err.find("asking ")
    document = seen.document
    assert seen.code == document["exit_code"] == 1
    assert [gate["passed"] for gate in document["gates"]] == [None]
    assert document["sweep"]["gates"] == document["gates"]
    jsonschema.validate({**document, "runs": []}, result_schema())


def test_without_a_cell_in_common_nothing_is_sent(cab: Cab, baseline: str) -> None:
    """Exit 2, as for any option that cannot be: nobody listens at the address."""
    seen = cab(*given(NOWHERE, "another"), "--baseline", baseline)
    assert seen.code == 2
    assert "no cell of it is in this run; its targets are" in seen.err
    assert f'name = "{MODEL} @ 127.0.0.1:' in seen.err
    assert "asking" not in seen.err


def test_a_single_cell_has_gates_too(cab: Cab, endpoint: str) -> None:
    """It failed, and no share of passes is asked for."""
    seen = cab(*given(endpoint, MODEL), "--fail-under", "0%", "--fail-on", "note", "--json")
    assert seen.code == 0
    assert [gate["name"] for gate in seen.document["gates"]] == [
        "--fail-under 0%",
        "--fail-on note",
    ]
    assert "--fail-under 0%: met with 0 of 1" in seen.err


def test_a_refused_key_passes_no_gate(cab: Cab, endpoint: str) -> None:
    """Exit 4, whatever share was asked for, and each gate says that it was not judged."""
    asked = [
        part if part != "made-up-key-for-tests" else "wrong" for part in given(endpoint, MODEL)
    ]
    seen = cab(*asked, "--repeat", "2", "--fail-under", "0", "--fail-on", "note")
    assert seen.code == 4
    assert seen.err.count("not judged: 2 of 2 cells were not scored") == 2
    assert "1 of 2 cells, a part of a sweep" in " ".join(seen.out.split())


def test_an_empty_shard_misses_no_gate(cab: Cab, endpoint: str) -> None:
    """It says first that it is one, and claims nothing."""
    seen = cab(*given(endpoint, MODEL), "--shard", "2/2", "--fail-under", "100%", "--json")
    other = cab(*given(endpoint, MODEL), "--shard", "1/2", "--fail-under", "100%", "--json")
    empty, full = sorted((seen, other), key=lambda each: len(each.document["runs"]))
    assert (empty.code, full.code) == (0, 1)
    assert " is empty: " in empty.err.splitlines()[0]
    assert empty.document["gates"][0]["passed"] is None
