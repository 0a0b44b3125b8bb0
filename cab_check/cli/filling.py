"""What was typed becomes settings: frozen, checked, filled once."""

from __future__ import annotations

import json
import os
import shlex
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cab_check.errors import UsageError
from cab_check.settings import (
    MIB,
    AgentSettings,
    BoxLimits,
    Caps,
    EndpointSettings,
    Isolation,
    RetryPolicy,
    RunSettings,
    SweepSettings,
    Timers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def state_directory(given: Path | None) -> Path:
    """Return where runs are kept: as given, else the platform's place for a user's state."""
    if given is not None:
        return given
    from platformdirs import user_state_path  # noqa: PLC0415 - costs start-up time

    return user_state_path("cab-check", appauthor=False)


def as_typed(sweep: str, state_dir: Path) -> str:
    """Return what names a sweep in a command that is shown: with its store, if not the usual."""
    usual = {str(state_directory(None)), os.environ.get("CAB_STATE_DIR")}
    if str(state_dir) in usual:
        return sweep
    return f"{sweep} --state-dir {shlex.quote(str(state_dir))}"


def endpoint_settings(
    given: Mapping[str, Any], *, url: str, key: str, model: str
) -> EndpointSettings:
    """Fill the endpoint's settings from the options of `endpoint_options`."""
    bundle: Path | None = given["ca_bundle"]
    if bundle is not None and not bundle.is_file():
        raise UsageError(f"--ca-bundle: no such file: {bundle}", hint="give a PEM file")
    return EndpointSettings(
        url=url,
        key=key,
        model=model,
        headers=tuple(_header(text) for text in given["header"]),
        stream=not given["no_stream"],
        temperature=given["temperature"],
        max_tokens=given["max_tokens"],
        extra_body=_extra_body(given["extra_body"]),
        ca_bundle=bundle,
        timers=Timers(
            connect_s=given["connect_timeout"],
            first_event_s=given["first_event_timeout"],
            idle_s=given["idle_timeout"],
        ),
        retry=RetryPolicy(attempts=given["attempts"], wait_s=given["retry_wait"]),
    )


def run_settings(
    given: Mapping[str, Any], endpoint: EndpointSettings, *, demo: bool
) -> RunSettings:
    """Fill a run's settings from the options of `agent_options` and `run_options`."""
    return RunSettings(
        endpoint=endpoint,
        state_dir=state_directory(given["state_dir"]),
        agent=_agent_settings(given),
        limits=box_limits(given),
        isolation=Isolation(given["isolation"]),
        keep=given["keep"],
        tui=given["tui"],
        published_model=given["published_model"],
        demo=demo,
        record_wire=given["record_wire"],
    )


def box_limits(given: Mapping[str, Any]) -> BoxLimits:
    """Fill the limits of a cell's commands from the options of `run_options`."""
    return BoxLimits(
        processes=given["process_limit"],
        memory_bytes=given["memory_limit"] * MIB,
        disk_bytes=given["disk_limit"] * MIB,
    )


def sweep_settings(given: Mapping[str, Any]) -> SweepSettings:
    """Fill a sweep's settings from the options of `sweep_options`."""
    from cab_check.cli.shards import find_shard  # noqa: PLC0415 - only for many cells

    shard = find_shard(given["shard"], given["shard_index"])
    prices = (given["price_in"], given["price_out"])
    if (prices[0] is None) is not (prices[1] is None):
        raise UsageError("one price alone tells no cost", hint="give --price-in and --price-out")
    return SweepSettings(
        repeats=given["repeat"],
        jobs=given["jobs"],
        shard=shard.number,
        shards=shard.of,
        caps=Caps(
            requests=given["max_requests"],
            tokens=given["max_tokens_total"],
            cost=given["max_cost"],
            time_s=given["max_time"],
        ),
    )


def _agent_settings(given: Mapping[str, Any]) -> AgentSettings:
    prices = (given["price_in"], given["price_out"])
    if given["cost_limit"] is not None and None in prices:
        raise UsageError(
            "--cost-limit needs to know what tokens cost",
            hint="give --price-in and --price-out, per million tokens",
        )
    return AgentSettings(
        max_turns=given["max_turns"],
        timeout_s=given["timeout"],
        command_limit_s=given["command_timeout"],
        salvage_text_calls=given["salvage_text_calls"],
        token_limit=given["token_limit"],
        cost_limit=given["cost_limit"],
        price_in=given["price_in"],
        price_out=given["price_out"],
    )


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    bad = not colon or not name or not value or "\n" in text or "\r" in text
    if bad or not name.replace("-", "").replace("_", "").isalnum() or not text.isascii():
        # the value may be a secret: only the name is shown
        raise UsageError(
            f"--header: not of the form 'Name: value' (name given: {name[:40] if colon else '?'})",
            hint="as in --header 'api-key: …'",
        )
    return name, value


def _extra_body(text: str | None) -> Mapping[str, object]:
    if text is None:
        return MappingProxyType({})
    try:
        body = json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"--extra-body: not JSON: {error}", hint="as in --extra-body '{\"top_p\": 0.9}'"
        ) from error
    if not isinstance(body, dict):
        raise UsageError("--extra-body: not a JSON object", hint="as in '{\"top_p\": 0.9}'")
    return MappingProxyType(body)
