"""The API: which path does what, who may ask, and the two endpoints' answers."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cab_check.demo import wire
from cab_check.demo.actors import Noop
from cab_check.demo.apierror import ApiError, error_body
from cab_check.demo.obedient import Obedient, is_check
from cab_check.demo.parse import parse_chat
from cab_check.demo.quirks.hall import Hall
from cab_check.demo.reply import Failure
from cab_check.demo.response import EVENTS, Response, refusal
from cab_check.demo.stand_in import StandIn
from cab_check.demo.tokens import cut_to

if TYPE_CHECKING:
    from cab_check.demo.actors import Actor
    from cab_check.demo.cast import Cast
    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.request import HttpRequest

_MODELS = "/v1/models"
_COMPLETIONS = "/v1/chat/completions"
_OWNER = "cab-check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Answers requests. `started` (epoch seconds) is when the models came to be.

    `key` None lets everybody in. `latency_s` passes before every completion, `chunk_delay_s`
    between two events of a stream. `actor` plays every model whose name is no actor's own.
    """

    cast: Cast
    key: str | None
    started: int
    latency_s: float = 0.0
    chunk_delay_s: float = 0.0
    hall: Hall = field(default_factory=Hall)
    actor: str | None = None

    def respond(self, request: HttpRequest) -> Response:
        """Return the response; what is wrong with a request is a response as well."""
        try:
            return self.hall.door(request) or self._route(request)
        except ApiError as error:
            return refusal(error)

    def _route(self, request: HttpRequest) -> Response:
        path = request.path
        if path == _COMPLETIONS:
            self._admit(request, "POST")
            return self._complete(request)
        if path == _MODELS:
            self._admit(request, "GET")
            return self._list()
        if path.startswith(f"{_MODELS}/"):
            self._admit(request, "GET")
            return self._retrieve(unquote(path.removeprefix(f"{_MODELS}/")))
        message = f"There is nothing at {request.method} {path}; the API is below /v1."
        raise ApiError(HTTPStatus.NOT_FOUND, message, code="unknown_url")

    def _admit(self, request: HttpRequest, method: str) -> None:
        """Let the request pass, or raise the ApiError for its method (405) or its key (401)."""
        if request.method != method:
            message = f"{request.method} is not for this path; {method} is."
            allow = (("Allow", method),)
            raise ApiError(
                HTTPStatus.METHOD_NOT_ALLOWED, message, code="method_not_allowed", headers=allow
            )
        if self.key is None:
            return
        scheme, _, given = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not (given := given.strip()):
            message = "No API key came along; send it as `Authorization: Bearer KEY`."
            raise ApiError(HTTPStatus.UNAUTHORIZED, message)
        if not hmac.compare_digest(given.encode("latin-1"), self.key.encode()):
            message = "The API key is not the one that this server was started with."
            raise ApiError(HTTPStatus.UNAUTHORIZED, message, code="invalid_api_key")

    def _list(self) -> Response:
        models = [self._model(name) for name in self.cast.names()]
        return Response.whole(200, wire.encode({"object": "list", "data": models}))

    def _retrieve(self, name: str) -> Response:
        if not self._stand_in.stands_for(name):
            self.cast.actor(name)
        return Response.whole(200, wire.encode(self._model(name)))

    @property
    def _stand_in(self) -> StandIn:
        return StandIn(self.cast, self.actor)

    def _model(self, name: str) -> dict[str, object]:
        return {"id": name, "object": "model", "created": self.started, "owned_by": _OWNER}

    def _complete(self, http: HttpRequest) -> Response:
        hall = self.hall
        asked = hall.asked(http)
        response = hall.refuse(asked) or self._play(hall.due(parse_chat(http.body)))
        return hall.answer(response, asked)

    def _actor(self, request: ChatRequest) -> Actor:
        """Return whoever plays; a check of the connection has no task to find one by."""
        stand_in = self._stand_in
        if stand_in.stands_for(request.model) and is_check(request):
            return Noop()
        return self.cast.actor(stand_in.name_for(request))

    def _play(self, request: ChatRequest) -> Response:
        hall = self.hall
        reply = hall.play(Obedient(self._actor(request)).reply(request), request)
        delay_s = self.latency_s + reply.delay_s
        if isinstance(reply, Failure):
            body = error_body(reply.message, kind=reply.kind, param=reply.param, code=reply.code)
            return Response.whole(reply.status, body, delay_s=delay_s)
        reply = cut_to(reply, request.max_tokens)
        if not request.stream:
            body = wire.encode(hall.whole(wire.completion(request, reply), request))
            return Response.whole(200, body, delay_s=delay_s)
        return Response(
            status=200,
            media=EVENTS,
            body=hall.stream(wire.chunks(request, reply), request, self.chunk_delay_s),
            length=None,
            headers=(("Cache-Control", "no-cache"),),
            delay_s=delay_s,
        )
