"""A whole body read: a reply, an error that came with a 200, or the reason why it is neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.endpoint.error_body import choice_error, find_error
from cab_check.endpoint.jsonvalue import member, parse_json
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.reading import BadBody, Draft, Reading
from cab_check.endpoint.stream import StreamAssembly, looks_streamed

if TYPE_CHECKING:
    from cab_check.endpoint.error_body import ErrorDetail


def read_body(body: bytes, taken: frozenset[str]) -> Reading | ErrorDetail | BadBody:
    """Read the body of a 200; never raises, whatever it holds.

    `taken` are the call ids that the conversation uses already.
    """
    text, invalid = _decoded(body)
    if looks_streamed(text):
        return _read_streamed(body, taken)
    if not text.strip():
        return BadBody("an empty body", json=False)
    try:
        value = parse_json(text)
    except ValueError:
        return BadBody("a body that is not JSON", json=False)
    result = _read_value(value, taken)
    if invalid and isinstance(result, Reading):
        oddities = tuple(sorted({*result.oddities, Oddity.INVALID_UTF8}))
        return Reading(result.reply, oddities)
    return result


def _decoded(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return body.decode("utf-8-sig", errors="replace"), True


def _read_value(value: object, taken: frozenset[str]) -> Reading | ErrorDetail | BadBody:
    error = find_error(value)
    if error is not None:
        return error
    choice = _choice(value)
    if isinstance(choice, BadBody):
        return choice
    error = choice_error(choice)
    if error is not None:
        return error
    draft = Draft()
    if len(_choices(value)) > 1:
        draft.oddities.add(Oddity.CHOICES_UNASKED)
    draft.add_envelope(value)
    draft.add_choice(choice, streamed=False)
    if draft.usage is None:
        draft.oddities.add(Oddity.USAGE_MISSING)
    return draft.finish(taken)


def _choice(value: object) -> dict[object, object] | BadBody:
    """Find the choice that holds the answer, or say what there is in place of one."""
    if not isinstance(value, dict):
        return BadBody(f"JSON that is {_kind(value)} instead of an object", json=True)
    choices = value.get("choices")
    if not isinstance(choices, list):
        known = "choices: null" if "choices" in value and choices is None else "no list of choices"
        return BadBody(f"JSON with {known}", json=True)
    choice = next(iter(_choices(value)), None)
    if choice is None:
        return BadBody("JSON without a choice in its list", json=True)
    if choice.get("error") or choice.get("finish_reason") == "error":
        return choice
    if not any(isinstance(choice.get(name), dict | str) for name in ("message", "delta", "text")):
        return BadBody("JSON whose choice has no message", json=True)
    return choice


def _choices(value: object) -> list[dict[object, object]]:
    found = member(value, "choices")
    return [inner for inner in found if isinstance(inner, dict)] if isinstance(found, list) else []


def _read_streamed(body: bytes, taken: frozenset[str]) -> Reading | ErrorDetail | BadBody:
    """Read events that came although nobody asked for a stream."""
    assembly = StreamAssembly()
    assembly.feed(body)
    assembly.close()
    outcome = assembly.outcome(taken)
    if outcome is None:
        return BadBody("a stream of events that nobody asked for, cut before its end", json=False)
    if isinstance(outcome, Reading):
        oddities = tuple(sorted({*outcome.oddities, Oddity.STREAM_UNASKED}))
        return Reading(outcome.reply, oddities)
    return outcome


def _kind(value: object) -> str:
    names = {type(None): "null", bool: "a boolean", list: "a list", str: "a string"}
    return names.get(type(value), "a number")


def usage_of(body: bytes) -> object:
    """Return the raw usage that a body carries, also one without an answer: it was paid for."""
    try:
        return member(parse_json(_decoded(body)[0]), "usage")
    except ValueError:
        return None
