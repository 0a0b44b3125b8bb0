"""The client of one run: opened once, asked for the models, and for a conversation by each cell."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from cab_check.endpoint.conversation import Conversation
from cab_check.endpoint.diagnose import from_bad_body
from cab_check.endpoint.exchange import Outgoing
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.jsonvalue import member, parse_json, string, whole_number
from cab_check.endpoint.line import Line
from cab_check.endpoint.outcome import Question, judge_failure
from cab_check.endpoint.reading import BadBody
from cab_check.endpoint.stacks import recognise, recognise_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    import httpx

    from cab_check.clock import Clock
    from cab_check.endpoint.address import Address
    from cab_check.endpoint.diagnose import Diagnosis
    from cab_check.endpoint.exchange import Incoming
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.gate import Meter
    from cab_check.endpoint.keep import Keep
    from cab_check.endpoint.stacks import Stack
    from cab_check.endpoint.wire import Dialect
    from cab_check.secrets import Redactor
    from cab_check.settings import EndpointSettings

_MODELS_LIMIT_S = 30.0
_CONTEXT_NAMES = (
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "max_context_window",
    "max_input_tokens",
    "n_ctx",
)
# an answer of one of these says only that there is no list to be had here (row 44)
_NO_LIST = frozenset(
    {
        FaultKind.NOT_FOUND,
        FaultKind.BAD_REQUEST,
        FaultKind.RATE_LIMIT,
        FaultKind.SERVER_ERROR,
        FaultKind.BAD_SHAPE,
        FaultKind.NOT_JSON,
        FaultKind.TOO_LARGE,
    }
)


@dataclass(frozen=True, slots=True)
class Models:
    """What `/models` said. `names` None means that there is no such list, which is no fault.

    `fault` is set when the endpoint could not be reached, refused the key, redirects, or answers
    with a web page. `contexts` holds how many tokens each model takes, of those that say so;
    `stack` what serves them, where that can be told.
    """

    names: tuple[str, ...] | None
    fault: Fault | None = None
    contexts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    stack: Stack | None = None


class Client:
    """An open line to the user's endpoint; use it as an async context manager.

    `transport` stands in for the network in tests, `meter` counts what conversations spend. Raises
    UsageError for an address, a key, a header, a certificate file or a proxy that cannot be used.
    """

    def __init__(
        self,
        settings: EndpointSettings,
        *,
        clock: Clock,
        redactor: Redactor,
        transport: httpx.AsyncBaseTransport | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._line = Line(
            settings, clock=clock, redactor=redactor, transport=transport, meter=meter
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._line.close()

    @property
    def url(self) -> str:
        """The base address in use, without credentials and query values."""
        return self._line.address.printable

    @property
    def line(self) -> Line:
        """The line itself, for who looks at single exchanges."""
        return self._line

    def alike(self, settings: EndpointSettings) -> Client:
        """Return a client with other settings, such as the model that was found.

        It shares connections and all that is known with this one, which closes them. Address, key,
        headers and certificates stay as they were.
        """
        other = copy(self)
        other.use(self._line.alike(settings))
        return other

    def use(self, line: Line) -> None:
        """Go on over that line."""
        self._line = line

    def conversation(
        self,
        settings: EndpointSettings | None = None,
        dialect: Dialect | None = None,
        keep: Keep | None = None,
    ) -> Conversation:
        """Begin the conversation of one cell, with a dialect that another one settled on.

        `settings` replace the client's own, but for what its connections are made with; `keep`
        says what of its exchanges goes where.
        """
        line = self._line if settings is None else self._line.alike(settings)
        return Conversation(line, dialect, keep)

    async def models(self) -> Models:
        """Ask for the list of models, once and at no cost; its absence is no fault."""
        asked = await self._line.at_address(self._models_at)
        if asked.fault is not None and asked.fault.kind in _NO_LIST:
            return Models(None)
        self._line.take_list(asked.names)
        self._line.served_by(asked.stack)
        return asked

    async def _models_at(self, address: Address) -> Models:
        line = self._line
        limit_s = min(_MODELS_LIMIT_S, line.settings.timers.first_event_s)
        outgoing = Outgoing(
            method="GET", url=address.models_url, body=b"", stream=False, left_s=limit_s
        )
        incoming = await line.send(outgoing)
        question = Question(site=line.site(address), now=line.clock.now(), streamed=False)
        found = judge_failure(incoming, question) or _read_models(incoming, question)
        if isinstance(found, Models):
            return found
        told = await line.explain(found, address, left_s=limit_s, sent=outgoing)
        return Models(None, told.fault)


def _read_models(incoming: Incoming, question: Question) -> Models | Diagnosis:
    """Read the list in any of its shapes: OpenAI's `data`, Ollama's `models`, a bare list."""
    body = bytes(incoming.body)
    try:
        value = parse_json(body.decode("utf-8-sig", errors="replace"))
    except ValueError:
        bad = BadBody("something that is not JSON", json=False)
        return from_bad_body(bad, body, site=question.site)
    listed = next(
        (
            found
            for found in (value, member(value, "data"), member(value, "models"))
            if isinstance(found, list)
        ),
        None,
    )
    if listed is None:
        bad = BadBody("JSON without a list of models", json=True)
        return from_bad_body(bad, body, site=question.site)
    named = [(_model_name(entry), entry) for entry in listed]
    contexts = {name: size for name, entry in named if (size := _context(entry)) is not None}
    return Models(
        tuple(name for name, _ in named if name),
        contexts=MappingProxyType(contexts),
        stack=recognise(incoming.headers, "") or recognise_list(listed),
    )


def _context(entry: object) -> int | None:
    """Return the most tokens that a model takes, under any of the names that servers have for it.

    llama.cpp keeps what it was trained with below `meta`, which says nothing of how it is served.
    """
    places = (entry, member(entry, "top_provider"), member(entry, "limits"))
    sizes = (whole_number(member(place, name)) for place in places for name in _CONTEXT_NAMES)
    return next((size for size in sizes if size), None)


def _model_name(entry: object) -> str:
    if isinstance(entry, str):
        return entry
    return (
        string(member(entry, "id"))
        or string(member(entry, "name"))
        or string(member(entry, "model"))
    )
