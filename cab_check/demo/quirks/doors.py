"""What answers before the API does: pages, paths, keys, models (41-44, 46, 47, 51, 56)."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from cab_check.demo.apierror import error_body
from cab_check.demo.quirks.edits import refused
from cab_check.demo.quirks.quirk import Quirk
from cab_check.demo.response import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.demo.quirks.quirk import Asked, Memory
    from cab_check.demo.request import HttpRequest

    Door = Callable[[HttpRequest, Memory], Response | None]

_CHAT = "/v1/chat/completions"


def _page(status: int, title: str) -> Response:
    """Return a web page, long enough that nobody wants to see it on a terminal."""
    body = (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{'<p>.</p>' * 200}</body>"
    )
    return replace(Response.whole(status, body.encode()), media="text/html; charset=utf-8")


def _plain(status: int, text: str) -> Response:
    return replace(Response.whole(status, text.encode()), media="text/plain; charset=utf-8")


def _json(status: int, value: object) -> Response:
    return Response.whole(status, json.dumps(value).encode())


def _on_chat(response: Response) -> Door:
    return lambda http, _: response if http.path == _CHAT else None


def _on_models(response: Response) -> Door:
    return lambda http, _: response if http.path == "/v1/models" else None


def _outside(response: Response) -> Door:
    return lambda http, _: None if http.path.startswith("/v1/") else response


def _on_all(response: Response) -> Door:
    return lambda _, __: response


def _page_first(asked: Asked) -> Response | None:
    """Answer the first turn with a gateway's page at first."""
    return _page(502, "502 Bad Gateway") if asked.turn == 0 and asked.fails_first() else None


def _keyed(refusal: Response) -> Door:
    """Refuse a request without a key in words of the server's own."""
    return lambda http, _: None if http.header("authorization") else refusal


def _redirected(http: HttpRequest, _: Memory) -> Response | None:
    target = f"https://login.example.com{http.path}?next=1"
    return Response.whole(307, b"", headers=(("Location", target),))


def _door(name: str, row: int, summary: str, door: Door) -> Quirk:
    return Quirk(name=name, row=row, summary=summary, door=door)


def _unauthorized(words: str, code: str | None = None) -> Response:
    return Response.whole(
        HTTPStatus.UNAUTHORIZED,
        error_body(words, kind="authentication_error", param=None, code=code),
    )


_FORBIDDEN = {"error": {"message": "Your key may not use this model.", "type": "forbidden"}}
_ONE_MODEL = {"object": "list", "data": [{"id": "another-model", "object": "model"}]}
_TYPED = {"detail": [{"type": "missing", "loc": ["body", "session"], "msg": "Field required"}]}
QUIRKS = (
    Quirk(
        name="html-502",
        row=41,
        summary="The first turn is answered once with 502 and a gateway's page.",
        refuse=_page_first,
    ),
    _door(
        "html-502-always",
        41,
        "Every request for a completion is answered with 502 and a page.",
        _on_chat(_page(502, "502 Bad Gateway")),
    ),
    _door(
        "html-404",
        41,
        "Every request is answered with 404 and a page.",
        _on_all(_page(404, "404 Not Found")),
    ),
    _door(
        "bare-base-404",
        42,
        "All but /v1 is answered with 404 and a plain text.",
        _outside(_plain(404, "404 page not found")),
    ),
    _door(
        "bare-base-page",
        42,
        "All but /v1 is answered with 200 and the page of a web UI.",
        _outside(_page(200, "Web UI")),
    ),
    _door("redirect", 42, "Every request is redirected to another host.", _redirected),
    _door(
        "web-ui",
        43,
        "Every request is answered with 200 and the page of a web UI.",
        _on_all(_page(200, "Open WebUI")),
    ),
    _door(
        "models-missing",
        44,
        "There is no list of models: 404.",
        _on_models(refused(404, "Not Found")),
    ),
    _door(
        "models-partial",
        44,
        "The list of models leaves out the one that is served.",
        _on_models(_json(200, _ONE_MODEL)),
    ),
    _door(
        "models-refused",
        44,
        "The list of models wants another key: 401.",
        _on_models(_unauthorized("This route needs an administrator's key.")),
    ),
    _door("models-empty", 44, "The list of models is an empty object.", _on_models(_json(200, {}))),
    _door(
        "key-refused",
        46,
        "Every key is refused with 401, in words that mislead.",
        _on_chat(_unauthorized("You didn't provide an API key. Model not found.")),
    ),
    _door("key-forbidden", 46, "Every key is refused with 403.", _on_chat(_json(403, _FORBIDDEN))),
    Quirk(
        name="tls-intercepted",
        row=47,
        summary="TLS with a certificate whose issuer nobody here trusts.",
        tls=True,
    ),
    _door(
        "error-text",
        51,
        "An error is a string: 401.",
        _on_chat(_json(401, {"error": "Unauthorized: token is expired"})),
    ),
    _door(
        "error-code-text",
        51,
        "An error's code is a status in a string: 400 for the model.",
        _on_chat(
            _json(
                404,
                {
                    "error": {
                        "message": "The model `x` does not exist.",
                        "code": "404",
                        "type": "NotFoundError",
                    }
                },
            )
        ),
    ),
    _door(
        "error-detail-401",
        51,
        "A refused key is a detail: 401.",
        _on_chat(_json(401, {"detail": "Not authenticated"})),
    ),
    _door(
        "error-detail-422",
        51,
        "Every request is answered with 422 and a list of details.",
        _on_chat(_json(422, _TYPED)),
    ),
    _door(
        "key-missing-500",
        51,
        "A request without a key is answered with 500 and a plain text.",
        _keyed(_plain(500, "Internal Server Error")),
    ),
    _door(
        "key-wrong-400",
        51,
        "Every key is answered with 400: No connected db.",
        _on_chat(
            _json(
                400,
                {
                    "error": {
                        "message": "No connected db.",
                        "type": "no_db_connection",
                        "param": None,
                        "code": "400",
                    }
                },
            )
        ),
    ),
    _door(
        "no-models-route",
        56,
        "There is no /v1/models at all: a page says so.",
        _on_models(_page(404, "Error")),
    ),
)
