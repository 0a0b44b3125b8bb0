"""Targets: which models at which endpoints a sweep goes through, typed or from a file."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cab_check.cli import output
from cab_check.cli.credentials import (
    KeyOptions,
    find_key,
    find_url,
    key_in,
    origins,
    redactor_for,
)
from cab_check.cli.filling import endpoint_settings
from cab_check.cli.target_file import read_targets
from cab_check.endpoint.address import parse
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cab_check.cli.target_file import Written
    from cab_check.secrets import Redactor
    from cab_check.settings import EndpointSettings


@dataclass(frozen=True, slots=True)
class Target:
    """One model at one endpoint, and the name that it is shown by."""

    name: str
    endpoint: EndpointSettings


def find_targets(given: Mapping[str, Any]) -> tuple[tuple[Target, ...], Redactor]:
    """Return every model at every endpoint, in the order given, and what hides their secrets.

    Raises UsageError.
    """
    listed = given["targets"] is not None
    found = _named_apart(_from_file(given["targets"], given) if listed else _typed(given))
    _tell_headers(found)
    secrets = [(t.endpoint.url, t.endpoint.key, t.endpoint.headers) for t in found]
    return found, redactor_for(*secrets[0], others=secrets[1:])


def refuse_both(given: Mapping[str, Any]) -> None:
    """Raise UsageError when endpoints or models are given beside a file that names them."""
    if given["targets"] is not None and (given["endpoint"] or given["model"]):
        raise UsageError(
            "--targets names endpoints and models itself",
            hint="leave --endpoint and --model out, or --targets",
        )


def _typed(given: Mapping[str, Any]) -> tuple[Target, ...]:
    urls: Sequence[str] = [find_url(url) for url in given["endpoint"]] or [find_url(None)]
    models: Sequence[str] = given["model"] or [os.environ.get("CAB_MODEL", "")]
    for url in urls:
        parse(url)
    options = KeyOptions(given["key"], given["key_env"], given["key_stdin"])
    key = find_key(options, urls, ask=not given["dry_run"])
    settings = [
        endpoint_settings(given, url=url, key=key, model=model.strip())
        for url in urls
        for model in models
    ]
    return tuple(Target(_name(endpoint), endpoint) for endpoint in settings)


def _from_file(path: Path, given: Mapping[str, Any]) -> tuple[Target, ...]:
    refuse_both(given)
    written = read_targets(path)
    common = _common_key(written, given)
    found = []
    for one in written:
        key = common if one.key_env is None else ""
        if one.key_env:
            key = key_in(one.key_env, f"--targets: {one.place}: key_env")
        endpoint = endpoint_settings(given, url=one.endpoint, key=key, model=one.model)
        found.append(Target(one.name or _name(endpoint), endpoint))
    return tuple(found)


def _common_key(written: Sequence[Written], given: Mapping[str, Any]) -> str:
    """Return the key of the targets that name none: for one origin only, else it is refused."""
    options = KeyOptions(given["key"], given["key_env"], given["key_stdin"])
    without = [one for one in written if one.key_env is None]
    if not without:
        if options.key is not None or options.variable is not None or options.stdin:
            raise UsageError(
                "the key is for none: each target of the file names its own",
                hint="leave --key, --key-env and --key-stdin out",
            )
        return ""
    hosts = origins(one.endpoint for one in written)
    if len(hosts) == 1:
        return find_key(options, [without[0].endpoint], ask=not given["dry_run"])
    if options.origin:
        raise UsageError(
            f"--targets: {without[0].place} has no key_env, and with targets at "
            f"{' and '.join(hosts.values())} no key is handed to all",
            hint='name the variable of its key with key_env, or write key_env = "" for none',
        )
    return ""


def _tell_headers(targets: Sequence[Target]) -> None:
    hosts = origins(target.endpoint.url for target in targets)
    names = ", ".join(name for name, _ in targets[0].endpoint.headers)
    if names and len(hosts) > 1:
        output.say(f"note: --header {names} goes to {' and to '.join(hosts.values())}")


def _name(endpoint: EndpointSettings) -> str:
    """Return `model @ host`: no path, no query value and no credentials."""
    shown = parse(endpoint.url).printable
    host = urlsplit(shown).netloc.rpartition("@")[2] or shown
    return f"{endpoint.model} @ {host}" if endpoint.model else host


def _long_name(endpoint: EndpointSettings) -> str:
    """Return `model @ address`, for two at one host; no query value and no credentials.

    An address without a version is the one of /v1, where it is asked as well.
    """
    address = parse(endpoint.url)
    shown = (address.with_version() or address).printable
    return f"{endpoint.model} @ {shown}" if endpoint.model else shown


def _named_apart(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Name those of one host by their whole address; raises UsageError for one given twice."""
    times = Counter(target.name for target in targets)
    found = tuple(
        replace(target, name=_long_name(target.endpoint))
        if times[target.name] > 1 and target.name == _name(target.endpoint)
        else target
        for target in targets
    )
    times = Counter(target.name for target in found)
    twice = next((target.name for target in found if times[target.name] > 1), None)
    if twice is not None:
        raise UsageError(
            f"the target {twice!r} is there twice",
            hint="leave one of them out, or give each a name of its own in a --targets file",
        )
    return found


def renamed(target: Target, model: str) -> Target:
    """Return the target with the model that preflight found; a name of the user's stays."""
    endpoint = replace(target.endpoint, model=model)
    for form in (_name, _long_name):
        if target.name == form(target.endpoint):
            return Target(form(endpoint), endpoint)
    return Target(target.name, endpoint)
