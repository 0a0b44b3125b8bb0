"""One exchange's failure classified by tables: status, wording, transport (ENDPOINTS §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cab_check.endpoint.error_body import html_title, read_error
from cab_check.endpoint.faults import FaultKind, Party, fault_of
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.retry_after import retry_after
from cab_check.endpoint.stacks import CONTEXT_HINT, MODEL_HINT, TOOLS_HINT, recognise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cab_check.endpoint.error_body import ErrorDetail
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.reading import BadBody
    from cab_check.endpoint.site import Site
    from cab_check.endpoint.stacks import Stack

_BY_STATUS = {
    401: FaultKind.AUTH,
    402: FaultKind.QUOTA,
    403: FaultKind.FORBIDDEN,
    404: FaultKind.NOT_FOUND,
    405: FaultKind.NOT_FOUND,
    408: FaultKind.SERVER_ERROR,
    409: FaultKind.SERVER_ERROR,
    413: FaultKind.TOO_LARGE,
    425: FaultKind.SERVER_ERROR,
    429: FaultKind.RATE_LIMIT,
}
_GATEWAY_STATUS = frozenset({502, 503, 504})
# on these the status itself says enough: an HTML body is only how a gateway words it
_STATUS_OVER_HTML = frozenset({401, 402, 408, 413, 429})
# what a server also says of a model's name that it does not know
_MAYBE_THE_NAME = frozenset({FaultKind.NOT_FOUND, FaultKind.BAD_REQUEST, FaultKind.SERVER_ERROR})
_NO_DATABASE = re.compile("no connected db", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A fault, what the server said in full (negotiation reads it, nobody shows it), oddities."""

    fault: Fault
    said: str = ""
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    """Wording that tells more than the status. An empty set of statuses means any."""

    kind: FaultKind
    statuses: frozenset[int]
    words: re.Pattern[str]


def _rule(kind: FaultKind, statuses: set[int], *words: str) -> _Rule:
    return _Rule(kind, frozenset(statuses), re.compile("|".join(words), re.IGNORECASE))


_RULES = (
    _rule(
        FaultKind.QUOTA,
        {200, 400, 402, 403, 429},
        r"insufficient[_ ](quota|balance|credits?|funds)",
        r"exceeded your current quota",
        r"credit balance is too low",
        r"billing_hard_limit",
    ),
    _rule(
        FaultKind.AUTH,
        {200, 400, 500},
        r"no connected db",
        r"(invalid|incorrect|missing|no)[_ ]api[_ ]?key",
        r"api[_ ]key (is )?(not valid|invalid|missing|required)",
        r"authentication[_ ]error",
    ),
    _rule(
        FaultKind.CONTEXT_OVERFLOW,
        {200, 400, 413, 422, 500},
        r"context[_ ](length|window|size)",
        r"maximum (context|sequence|model) len",
        r"max_(seq|model|num|input)_?(len|tokens)",
        r"(prompt|input|request|conversation)( is| was)? too long",
        r"(input|prompt) tokens? .{0,60}(exceed|limit|larger|longer)",
        r"input (token count|length) .{0,60}exceed",
        r"exceed\w* .{0,40}(token limit|context|number of (input )?tokens)",
        r"reduce the length of the (messages|prompt|input)",
        r"tokens`? \+ `?max_new_tokens",
        r"too many (input |prompt )?tokens",
    ),
    _rule(
        FaultKind.TOOLS_UNSUPPORTED,
        {200, 400, 404, 422, 500, 501},
        r"enable-auto-tool-choice|tool[-_]call[-_]parser|tools? param requires|--jinja",
        r"(tool|function)s?([_ ](use|call(s|ing)?|choice))?( param(eter)?)?s? "
        r"(is|are) (not|un)[ -]?(supported|enabled|allowed|permitted|implemented|available)",
        r"(does not|doesn't|cannot|do not|not) (support|use|accept) (the )?(tool|function)",
        r"support tool use|unsupported .{0,20}\btools?\b",
        r"(unknown|unrecognized|unexpected|extra|invalid) .{0,40}\btools?\b[\"'` ]*$",
        r"\btools\b.{0,20}(extra inputs|not permitted|unrecognized)",
    ),
    _rule(
        # a proxy's word for a refusal that it got itself: the user's key and model are not meant
        FaultKind.UPSTREAM,
        {401, 403, 404},
        r"litellm\.(authentication|permissiondenied|notfound|badrequest)error",
    ),
    _rule(
        FaultKind.UNKNOWN_MODEL,
        {200, 400, 403, 404, 422},
        r"model[_ ]not[_ ](found|exist)|deploymentnotfound",
        r"(invalid|unknown|no such|unrecognized|unsupported) model",
        r"model\b[^,;]{0,120}(not found|does not exist|doesn't exist|not exist|is unknown)",
        r"model:? [\"'`]?[\w./:-]+[\"'`]? is not (supported|available|served)",
        r"not a valid model",
    ),
    _rule(
        FaultKind.CONTENT_FILTER,
        {200, 400, 403, 422},
        r"content[_ ](filter|policy|management)",
        r"responsible ?ai",
        r"requires moderation|\bflagged\b",
    ),
    _rule(
        FaultKind.RATE_LIMIT,
        {200, 400, 403, 500, 503},
        r"rate[_ -]?limit",
        r"too many requests",
    ),
    _rule(FaultKind.BAD_REQUEST, {200}, r"invalid[_ ]request|bad[_ ]request|validation[_ ]error"),
)


def from_status(
    status: int, headers: Mapping[str, str], body: bytes, *, site: Site, now: datetime
) -> Diagnosis:
    """Classify an answer whose status is not 200."""
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects of HTTP
        target = site.shown_url(headers.get("location", ""))
        message = f"HTTP {status}: the endpoint redirects to {target or 'nowhere'}"
        return Diagnosis(replace(fault_of(FaultKind.REDIRECT, message), status=status))
    text = body.decode(errors="replace")
    title = html_title(text)
    if title is not None:
        return _from_html(status, headers, title, site=site, now=now)
    return _from_detail(status, headers, read_error(text), site=site, now=now)


def from_error(
    detail: ErrorDetail, headers: Mapping[str, str], *, site: Site, now: datetime
) -> Diagnosis:
    """Classify an error object that came with a 200, whole or in a stream (rows 11, 12)."""
    diagnosis = _from_detail(detail.status or 200, headers, detail, site=site, now=now)
    message = f"an error inside a 200: {diagnosis.fault.message}"
    oddities = (*diagnosis.oddities, Oddity.ERROR_IN_200)
    return replace(diagnosis, fault=replace(diagnosis.fault, message=message), oddities=oddities)


def from_bad_body(bad: BadBody, body: bytes, *, site: Site) -> Diagnosis:
    """Classify a 200 without an answer: a web page, no JSON, or JSON of another shape."""
    title = html_title(body[:100_000].decode(errors="replace"))
    if title is not None:
        return Diagnosis(replace(_page(200, title, site), status=200))
    kind = FaultKind.BAD_SHAPE if bad.json else FaultKind.NOT_JSON
    fault = fault_of(kind, f"the endpoint answered 200 with {bad.what}")
    return Diagnosis(replace(fault, status=200))


def from_notice(text: str, *, site: Site) -> Diagnosis:
    """Classify a gateway's own failure that it worded as the assistant's answer (row 13)."""
    message = f"a gateway worded its own failure as an answer: {site.shown(text)}"
    fault = replace(fault_of(FaultKind.SERVER_ERROR, message), status=200, party=Party.GATEWAY)
    hint = "look at the gateway's log for what the provider behind it said"
    return Diagnosis(replace(fault, hint=hint), oddities=(Oddity.GATEWAY_MESSAGE,))


def _from_html(
    status: int, headers: Mapping[str, str], title: str, *, site: Site, now: datetime
) -> Diagnosis:
    """Name a page by its title and never print it (row 41)."""
    page = _page(status, title, site)
    if status >= 500 or status in _STATUS_OVER_HTML:  # noqa: PLR2004 - HTTP
        fault = fault_of(_BY_STATUS.get(status, FaultKind.SERVER_ERROR), page.message)
        return _with_status(Diagnosis(fault), status, headers, now)
    return Diagnosis(replace(page, status=status))


def _page(status: int, title: str, site: Site) -> Fault:
    named = f"titled {site.shown(title)!r}" if title else "without a title"
    return fault_of(FaultKind.HTML, f"HTTP {status}: an HTML page {named}")


def _from_detail(
    status: int, headers: Mapping[str, str], detail: ErrorDetail, *, site: Site, now: datetime
) -> Diagnosis:
    said = detail.text
    kind = _kind(status, said)
    shown = site.shown(detail.message) or "no message"
    told = status != 200  # noqa: PLR2004 - HTTP
    fault = fault_of(kind, f"HTTP {status}: {shown}" if told else shown)
    stack = recognise(headers, said) or site.stack
    hint = _hint(kind, stack, site, said) or fault.hint
    added = site.added(said) if kind is FaultKind.BAD_REQUEST else None
    if added is not None:
        hint = f"leave {added} out of --extra-body: the server refuses it"
        fault = replace(fault, party=Party.USER)
    fault = replace(fault, hint=hint)
    return _with_status(Diagnosis(fault, said), status, headers, now)


def _kind(status: int, said: str) -> FaultKind:
    for rule in _RULES:
        if status in rule.statuses and rule.words.search(said):
            return rule.kind
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    client_error = 400 <= status < 500  # noqa: PLR2004 - HTTP
    return FaultKind.BAD_REQUEST if client_error else FaultKind.SERVER_ERROR


def _with_status(
    diagnosis: Diagnosis, status: int, headers: Mapping[str, str], now: datetime
) -> Diagnosis:
    wish = retry_after(headers, now)
    fault = diagnosis.fault
    gateway = fault.kind is FaultKind.SERVER_ERROR and status in _GATEWAY_STATUS
    asks = ""
    if wish is not None and wish.seconds >= 1:
        asks = f" (asks to wait {wish.seconds:.0f} s)"
    fault = replace(
        fault,
        status=status,
        message=fault.message + asks,
        party=Party.GATEWAY if gateway else fault.party,
        retry_after_s=None if wish is None else wish.seconds,
    )
    renamed = wish is not None and wish.renamed
    return replace(
        diagnosis, fault=fault, oddities=(Oddity.RETRY_AFTER_RENAMED,) if renamed else ()
    )


def _hint(kind: FaultKind, stack: Stack | None, site: Site, said: str) -> str | None:
    """Return the hint that names this stack's own setting, or else the likeliest cause."""
    if stack is not None and kind is FaultKind.TOOLS_UNSUPPORTED:
        return TOOLS_HINT[stack]
    if stack is not None and kind is FaultKind.CONTEXT_OVERFLOW:
        return CONTEXT_HINT[stack]
    if stack is not None and kind is FaultKind.UNKNOWN_MODEL:
        return MODEL_HINT[stack]
    if kind is FaultKind.AUTH and _NO_DATABASE.search(said) and not site.keyless:
        return "a LiteLLM proxy without a database says this of any key but its own: check the key"
    likely = (
        (
            kind is FaultKind.SERVER_ERROR and site.keyless,
            "no key was sent; some gateways answer that with a server error: give --key",
        ),
        (
            kind is FaultKind.AUTH and site.keyless,
            "no key was sent: give --key, CAB_KEY or --key-stdin",
        ),
        (
            kind in _MAYBE_THE_NAME and site.unlisted,
            "/models does not list this model: check its name first",
        ),
        (
            kind is FaultKind.NOT_FOUND and site.settled,
            "the address answered before: try another model, or look at the server's log",
        ),
    )
    return next((hint for holds, hint in likely if holds), None)
