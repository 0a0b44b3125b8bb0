"""Each quirk of the embedded endpoint is found by the probe that is meant to find it, and told."""

from __future__ import annotations

import pytest

from cab_check.demo import serve
from cab_check.demo.quirks import QUIRKS
from cab_check.doctor.catalogue import probes
from tests.doctor.expected import TABLE
from tests.doctor.ward import KEY, examined, findings, settings, worst_of


def test_every_quirk_is_in_the_table() -> None:
    """A new quirk says here what the doctor makes of it."""
    assert set(QUIRKS) == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
async def test_a_quirk_is_found_where_it_belongs(name: str) -> None:
    """The probes that do not pass are exactly those that the quirk concerns."""
    row = TABLE[name]
    async with serve(quirks=[name], grace_s=0) as server:
        used = settings(
            server.url.removesuffix("/v1") if row.bare else server.url,
            key=KEY if row.key is None else row.key,
            patience_s=0.3 if row.stalls else 60.0,
            attempts=1 if row.stalls else 4,
        )
        examination = await examined(used, deep=row.deep)
    assert findings(examination) == row.found
    assert examination.exit_code == row.exit_code
    for probe in tuple(row.found)[:1]:
        told = next(found for found in examination.findings if found.name == probe)
        assert row.said in told.seen.evidence
        assert told.seen.fix
    worst = worst_of(probes(deep=row.deep))
    assert examination.spent.requests <= worst.requests
    assert examination.spent.tokens <= worst.tokens
