"""Probes of the way in: the network in stages, the key, the model's name."""

from __future__ import annotations

import asyncio
import difflib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.doctor import questions
from cab_check.doctor.asking import How
from cab_check.doctor.finding import Cost, Mark, passed, refused, skipped, warned
from cab_check.doctor.network import walk
from cab_check.endpoint.client import Client
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.message import Unanswered

if TYPE_CHECKING:
    from cab_check.doctor.asking import Asking
    from cab_check.doctor.finding import Seen
    from cab_check.doctor.network import Stages
    from cab_check.endpoint.client import Models
    from cab_check.endpoint.faults import Fault

UNREACHABLE = frozenset(
    {FaultKind.DNS, FaultKind.CONNECT, FaultKind.TLS, FaultKind.CONNECT_TIMEOUT}
)
# a connection, and nothing that HTTP has a word for
_UNANSWERED_HTTP = frozenset({FaultKind.TOTAL_TIMEOUT, FaultKind.BROKEN_CONNECTION})
KEY_REFUSED = frozenset({FaultKind.AUTH, FaultKind.FORBIDDEN})
# the server says no to the name in one way or another; any other failure is none of its words
_SAID_NO = KEY_REFUSED | {FaultKind.UNKNOWN_MODEL, FaultKind.NOT_FOUND, FaultKind.BAD_REQUEST}
NONSENSE_TOKENS = 64
_UNANSWERED = "nothing was answered"


async def reach(asking: Asking) -> Seen:
    """Reach it: DNS, TCP, TLS each by itself, then HTTP with a request that costs nothing."""
    connect_s = asking.settings.timers.connect_s
    stages = await walk(asking.client.line.address.base, limit_s=connect_s)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    models = await asking.client.models()
    http_ms = (loop.time() - begun) * 1000
    asking.spend(Cost(requests=1))
    asking.chart.stages, asking.chart.models = stages, models
    fault = models.fault
    if fault is not None and fault.kind in UNREACHABLE:
        return refused(fault)
    if fault is not None and fault.kind in _UNANSWERED_HTTP:
        return warned(f"{_walked(stages)} · HTTP: GET /models: {fault.message}", fault.hint)
    return passed(f"{_walked(stages)} · HTTP {_ms(http_ms)}")


def _walked(stages: Stages) -> str:
    if stages.proxy is not None:
        return f"through the proxy {stages.proxy}"
    named = (("DNS", stages.dns_ms), ("TCP", stages.tcp_ms), ("TLS", stages.tls_ms))
    text = " · ".join(f"{name} {_ms(taken)}" for name, taken in named if taken is not None)
    return text if stages.broke is None else f"{text} · {stages.broke}"


def _ms(taken: float) -> str:
    return f"{taken:.1f} ms" if taken < 10 else f"{taken:,.0f} ms"  # noqa: PLR2004 - digits


async def auth(asking: Asking) -> Seen:
    """See whether the key is taken, and, at no cost, whether another one is."""
    fault = asking.chart.fault
    if fault is not None:
        return refused(fault) if fault.kind in KEY_REFUSED else skipped(_UNANSWERED)
    settings = asking.settings
    if not settings.key or any(name.lower() == "authorization" for name, _ in settings.headers):
        return passed("answered without a key" if not settings.key else "the key was taken")
    models = asking.chart.models
    if models is None or models.names is None:
        return passed("the key was taken; whether any other is was not tried")
    return passed(f"the key was taken; {await _with_wrong_key(asking)}")


async def _with_wrong_key(asking: Asking) -> str:
    """Ask for the models with a key that nobody has: a request without tokens."""
    wrong = replace(asking.settings, key=f"cab-doctor-{secrets.token_hex(12)}")
    async with Client(wrong, clock=asking.clock, redactor=asking.redactor) as client:
        models = await client.models()
    asking.spend(Cost(requests=1))
    if models.fault is not None and models.fault.kind in KEY_REFUSED:
        return "a wrong one is refused"
    return "a wrong one may list the models, too"


async def model(asking: Asking) -> Seen:
    """See whether the model is there, and whether /models lists it."""
    fault = asking.chart.fault
    if fault is not None:
        unknown = fault.kind is FaultKind.UNKNOWN_MODEL
        return refused(fault) if unknown else skipped(_UNANSWERED)
    return _listed(asking.settings.model, asking.chart.models)


def _listed(asked: str, models: Models | None) -> Seen:
    listing = "answer GET /models with the list that OpenAI documents"
    if models is None or models.fault is not None:
        fault = None if models is None else models.fault
        why = "was not asked" if fault is None else f"failed: {fault.message}"
        return warned(f"/models {why}", listing)
    if models.names is None:
        return warned("there is no /models", listing)
    if asked not in models.names:
        near = difflib.get_close_matches(asked, models.names, n=3)
        like = f"; close to it: {', '.join(near)}" if near else ""
        return warned(
            f"/models lists {len(models.names)} names without {asked}{like}",
            "list every name that is served",
        )
    size = models.contexts.get(asked)
    context = "" if size is None else f" · context {size:,} tokens"
    return passed(f"listed by /models{context}")


async def unknown_model(asking: Asking) -> Seen:
    """Ask for a model that cannot exist: a gateway may let another one answer (row 45)."""
    name = f"cab-doctor-no-such-model-{secrets.token_hex(4)}"
    how = How(max_tokens=NONSENSE_TOKENS, capped=True, tools=False, model=name)
    heard = await asking.ask(questions.repeat("READY"), how)
    if isinstance(heard, Unanswered):
        return _turned_down(heard.fault)
    served = heard.reply.model
    named = "" if served in (None, name) else f" as {served}"
    return warned(
        f"a model that does not exist was answered{named}",
        "answer 404 for an unknown model: a misspelt name is scored as another model otherwise",
    )


def _turned_down(fault: Fault) -> Seen:
    if fault.kind in _SAID_NO:
        return passed(f"an unknown name is refused ({fault.status})")
    if fault.kind is FaultKind.RATE_LIMIT:
        return skipped("the rate limit was reached first")
    return refused(fault, Mark.WARN)
