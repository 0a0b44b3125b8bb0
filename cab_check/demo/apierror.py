"""ApiError: a refusal with OpenAI's error body, and where it is written."""

from __future__ import annotations

import json
from http import HTTPStatus

INVALID_REQUEST = "invalid_request_error"


class ApiError(Exception):
    """A request that is refused: an HTTP status and the four fields of OpenAI's error object.

    `param` names the offending field (`messages[2].content`), `code` is the word that programs
    look at. `headers` go out beside the usual ones (`Allow` with a 405).
    """

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        kind: str = INVALID_REQUEST,
        param: str | None = None,
        code: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = headers

    def body(self) -> bytes:
        """Return the JSON body: {"error": {"message", "type", "param", "code"}}."""
        return error_body(self.message, kind=self.kind, param=self.param, code=self.code)


def error_body(message: str, *, kind: str, param: str | None, code: str | int | None) -> bytes:
    """Return OpenAI's error body as bytes."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return json.dumps({"error": error}).encode()


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """Return the 400 for a request whose content is wrong."""
    return ApiError(HTTPStatus.BAD_REQUEST, message, param=param, code=code)


def model_not_found(model: str, why: str) -> ApiError:
    """Return the 404 for a model that is not there, with what is missing."""
    return ApiError(
        HTTPStatus.NOT_FOUND,
        f"The model `{model}` does not exist here: {why}",
        param="model",
        code="model_not_found",
    )
