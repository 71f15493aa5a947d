"""What Threads and Instagram share: Meta's graph, its tokens, cursors and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from collectors._asking import secret_of
from collectors._json import decode, mapping
from collectors.base import BadPayload, Denied, RateLimited, SecretSpec
from collectors.text import words

_LIMITS = {4, 17, 18, 32, 341, 613}
_TOKEN = {10, 102, 190, 200}


def get(
    settings: Mapping[str, Any],
    address: str,
    params: Mapping[str, str],
    token: SecretSpec,
) -> httpx.Request:
    """A question to the graph. The token goes into a header, not into the address."""
    headers = {"Accept": "application/json"}
    held = secret_of(settings, token.name)
    if held is not None and held.isascii() and held.isprintable():
        headers["Authorization"] = f"Bearer {held}"
    return httpx.Request("GET", address, params=dict(params), headers=headers)


def after(body: Mapping[str, Any]) -> str | None:
    """The cursor of the next page; None where there is none."""
    paging = mapping(body.get("paging"))
    has_next = "next" in paging
    return words(mapping(paging.get("cursors")).get("after")) if has_next else None


def is_empty(response: httpx.Response) -> bool:
    """Whether an answer is a list without anything in it."""
    try:
        return mapping(decode(response)).get("data") == []
    except BadPayload:
        return False


def code_of(response: httpx.Response) -> int | None:
    """The number of an error; its message is translated."""
    try:
        found = mapping(mapping(decode(response)).get("error")).get("code")
    except BadPayload:
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def explain(response: httpx.Response, variable: str) -> None:
    """Raises Denied and RateLimited for the errors that are about token and limits."""
    code = code_of(response)
    if code in _LIMITS:
        raise RateLimited(f"Meta asks for a pause (code {code})")
    if code in _TOKEN or (code is not None and 200 <= code <= 299):
        raise Denied(
            f"Meta refuses the token in {variable} (code {code}): has it run out, and has "
            "the app passed its review?"
        )
