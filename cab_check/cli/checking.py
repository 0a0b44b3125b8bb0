"""What `cab check` does with what was typed."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from cab_check.cli.credentials import KeyOptions, find_key, find_url, redactor_for
from cab_check.cli.filling import endpoint_settings, run_settings
from cab_check.cli.session import Display, run_session
from cab_check.endpoint.address import parse
from cab_check.tasks import catalog
from cab_check.workspace import open_variants

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_check(tasks: tuple[str, ...], given: Mapping[str, Any]) -> int:
    """Check everything that was typed, then run; whatever is wrong is told before any request."""
    chosen = catalog.select(tasks or catalog.QUICK)
    url = find_url(given["endpoint"])
    parse(url)
    key = find_key(KeyOptions(given["key"], given["key_env"], given["key_stdin"]), url)
    model = given["model"] or os.environ.get("CAB_MODEL", "")
    endpoint = endpoint_settings(given, url=url, key=key, model=model.strip())
    redactor = redactor_for(url, key, endpoint.headers)
    settings = run_settings(given, endpoint, demo=False)
    display = Display(given["verbose"], given["as_json"])
    with open_variants(chosen, given["seed"]) as played:
        return asyncio.run(run_session(settings, played, redactor, display))
