"""The page's own style and script, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from cab_check.report.html.markup import joined, tag, trusted

if TYPE_CHECKING:
    from cab_check.report.html.markup import Markup


def head(title: str, *scripts: str) -> Markup:
    """Return a page's head: the policy first, then all that it allows.

    Nothing is fetched, framed, posted or run but the style and the scripts that stand in the page:
    the policy names them by their SHA-256.
    """
    style = _asset("style.css")
    allowed = " ".join(_source(_asset(name)) for name in scripts)
    policy = (
        f"default-src 'none'; style-src {_source(style)}; script-src {allowed}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", trusted(style)),
    )


def scripts(*names: str) -> Markup:
    """Return the page's scripts, for the end of its body."""
    return joined(tag("script", trusted(_asset(name))) for name in names)


def whole(head_: Markup, *body: object) -> str:
    """Return a whole page."""
    page = tag("html", head_, tag("body", *body), lang="en")
    return joined((trusted("<!doctype html>\n"), page, "\n"))


@cache
def _asset(name: str) -> str:
    return files("cab_check.report.html").joinpath(name).read_text(encoding="utf-8")


def _source(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
