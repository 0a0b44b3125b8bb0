"""The options that several commands share, and how they become settings."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cab_check.errors import UsageError
from cab_check.settings import (
    AgentSettings,
    BoxLimits,
    EndpointSettings,
    Isolation,
    RetryPolicy,
    RunSettings,
    Timers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Function = TypeVar("Function", bound="Callable[..., Any]")
_SECONDS = click.FloatRange(min=0, min_open=True)
_COUNT = click.IntRange(min=1)
_PRICE = click.FloatRange(min=0)
_SHOWN: dict[str, Any] = {"show_default": True, "metavar": "S"}


def _all_of(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


endpoint_options = _all_of(
    click.option("--endpoint", "--base-url", metavar="URL", help="Base URL [env: CAB_ENDPOINT]."),
    click.option("--key", "--api-key", metavar="K", help="The key; better: CAB_KEY, --key-stdin."),
    click.option("--key-env", metavar="NAME", help="Read the key from this variable."),
    click.option("--key-stdin", is_flag=True, help="Read the key from standard input."),
    click.option("--model", metavar="M", help="Model [env: CAB_MODEL]; else /models is asked."),
    click.option("--header", multiple=True, metavar="'N: V'", help="Send this header as well."),
    click.option("--ca-bundle", type=click.Path(path_type=Path), help="Trust these CAs."),
    click.option("--no-stream", is_flag=True, help="Ask for whole replies, not for streams."),
    click.option("--temperature", type=click.FloatRange(min=0), help="Sent only when given."),
    click.option("--max-tokens", type=_COUNT, help="Of one reply; sent only when given."),
    click.option("--extra-body", metavar="JSON", help="Merge this object into each request."),
    click.option("--connect-timeout", type=_SECONDS, default=10.0, **_SHOWN),
    click.option("--first-event-timeout", type=_SECONDS, default=120.0, **_SHOWN),
    click.option("--idle-timeout", type=_SECONDS, default=90.0, **_SHOWN),
    click.option("--attempts", type=_COUNT, default=4, show_default=True, help="Tries a request."),
    click.option("--retry-wait", type=click.FloatRange(min=0), default=120.0, **_SHOWN,
                 help="Waiting between the tries of a request, in all."),
)  # fmt: skip

agent_options = _all_of(
    click.option("--max-turns", type=_COUNT, help="Model calls of a cell [default: the task's]."),
    click.option("--timeout", type=_SECONDS, metavar="S", help="Time of a cell [default: task's]."),
    click.option("--command-timeout", type=_SECONDS, default=60.0, **_SHOWN),
    click.option("--token-limit", type=_COUNT, help="End a cell after so many tokens."),
    click.option("--cost-limit", type=_PRICE, help="End a cell at this cost; needs both prices."),
    click.option("--price-in", type=_PRICE, help="Price of a million prompt tokens."),
    click.option("--price-out", type=_PRICE, help="Price of a million completion tokens."),
    click.option("--salvage-text-calls", is_flag=True, help="Run calls leaked into text; said."),
)

run_options = _all_of(
    click.option("--tui", metavar="NAME", help="The published agent to stand beside."),
    click.option(
        "--isolation",
        type=click.Choice([level.value for level in Isolation]),
        default=Isolation.AUTO.value,
        envvar="CAB_ISOLATION",
        show_default=True,
        show_envvar=True,
    ),
    click.option("--keep", is_flag=True, help="Keep the cell's temporary directory, and name it."),
    click.option("--state-dir", type=click.Path(path_type=Path), envvar="CAB_STATE_DIR",
                 show_envvar=True, help="Where runs are kept [default: your state directory]."),
)  # fmt: skip

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="Breakdown, spans, calls.")


def state_directory(given: Path | None) -> Path:
    """Return where runs are kept: as given, else the platform's place for a user's state."""
    if given is not None:
        return given
    from platformdirs import user_state_path  # noqa: PLC0415 - costs start-up time

    return user_state_path("cab-check", appauthor=False)


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
            connect_s=_finite("--connect-timeout", given["connect_timeout"]),
            first_event_s=_finite("--first-event-timeout", given["first_event_timeout"]),
            idle_s=_finite("--idle-timeout", given["idle_timeout"]),
        ),
        retry=RetryPolicy(
            attempts=given["attempts"], wait_s=_finite("--retry-wait", given["retry_wait"])
        ),
    )


def run_settings(
    given: Mapping[str, Any], endpoint: EndpointSettings, *, demo: bool
) -> RunSettings:
    """Fill a run's settings from the options of `agent_options` and `run_options`."""
    return RunSettings(
        endpoint=endpoint,
        state_dir=state_directory(given["state_dir"]),
        agent=_agent_settings(given),
        limits=BoxLimits(),
        isolation=Isolation(given["isolation"]),
        keep=given["keep"],
        tui=given["tui"],
        demo=demo,
    )


def _agent_settings(given: Mapping[str, Any]) -> AgentSettings:
    prices = (given["price_in"], given["price_out"])
    if given["cost_limit"] is not None and None in prices:
        raise UsageError(
            "--cost-limit needs to know what tokens cost",
            hint="give --price-in and --price-out, per million tokens",
        )
    timeout = given["timeout"]
    return AgentSettings(
        max_turns=given["max_turns"],
        timeout_s=None if timeout is None else _finite("--timeout", timeout),
        command_limit_s=_finite("--command-timeout", given["command_timeout"]),
        salvage_text_calls=given["salvage_text_calls"],
        token_limit=given["token_limit"],
        cost_limit=given["cost_limit"],
        price_in=given["price_in"],
        price_out=given["price_out"],
    )


def _finite(option: str, value: float) -> float:
    if not math.isfinite(value):
        raise UsageError(f"{option}: {value} is no number of seconds", hint="give a finite number")
    return value


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
