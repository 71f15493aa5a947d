"""JSON as platforms send it: any key may be missing or of another type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from collectors.base import NOTHING, BadPayload
from collectors.text import words


def mapping(value: object) -> Mapping[str, Any]:
    """The JSON object that was sent; an empty one where something else was."""
    return value if isinstance(value, dict) else NOTHING


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The JSON objects of a list; whatever else is in it is left out."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def flag(value: object) -> bool | None:
    """A truth value; None where something else was sent."""
    return value if isinstance(value, bool) else None


def local_id(value: object) -> str | None:
    """An id on the server that was asked; some send numbers where text is due."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if 0 <= value < 1 << 64 else None
    return words(value)


def decode(response: httpx.Response) -> object:
    """The JSON of an answer. Raises BadPayload."""
    try:
        body: object = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        what = "a web page" if is_html(response) else "something that is not JSON"
        raise bad(response, f"{what} came where JSON was due") from error
    return body


def is_html(response: httpx.Response) -> bool:
    """Whether an answer is a web page: a firewall's, a proxy's, a maintenance notice."""
    kind = response.headers.get("content-type", "")
    return "html" in kind or response.content.lstrip()[:1] == b"<"


def bad(response: httpx.Response, message: str) -> BadPayload:
    """The error for an answer that cannot be read, with the answer's beginning."""
    return BadPayload(message, response.content[:500].decode("utf-8", "replace"))
