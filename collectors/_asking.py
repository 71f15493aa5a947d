"""What many platforms' requests have in common: a sound address, and where a walk stands.

Where a walk stands travels in the request itself, in the URL's fragment, which no server
sees: a collector remembers nothing between two pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from collectors.base import NOTHING, Known, Page, Query, Secret
from collectors.text import parse_time

# None: this post cannot be asked for here.
Ask = Callable[[Query, Known], httpx.Request | None]
_PLACE = "known"


def address_faults(settings: Mapping[str, Any], example: str) -> list[str]:
    """What is wrong with a source's base_url, as sentences. example: a right one."""
    given = settings.get("base_url")
    address = given.strip().rstrip("/") if isinstance(given, str) else ""
    if not address:
        return [f"base_url is missing: write the address, like {example}."]
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return [f"base_url is not an address: write one like {example}."]
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return [f"base_url is not a web address: write one like {example}."]
    if parts.username is not None or parts.query or parts.fragment:
        return [f"base_url has more than an address in it: write one like {example}."]
    if parts.scheme == "http" and settings.get("allow_private") is not True:
        return [
            "base_url must begin with https:// (http only with allow_private = true)."
        ]
    return []


def secret_of(settings: Mapping[str, Any], name: str) -> str | None:
    """A secret's text, or None. Only for building a request; never log it."""
    found = (settings.get("secrets") or NOTHING).get(name)
    text = found.reveal() if isinstance(found, Secret) else found
    return text.strip() or None if isinstance(text, str) else None


def facts_of(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """What the last probe learnt; empty before the first."""
    found = settings.get("facts")
    return found if isinstance(found, Mapping) else NOTHING


def request_of(response: httpx.Response) -> httpx.Request | None:
    """The request that was answered; None for a response that was made without one."""
    try:
        return response.request
    except RuntimeError:
        return None


def answered_at(response: httpx.Response) -> datetime | None:
    """When the server answered, by its own clock; None where it does not say."""
    return parse_time(response.headers.get("date"), lenient=True)


def keeping(request: httpx.Request, **state: object) -> httpx.Request:
    """The request with a walk's state in its fragment; None values are left out."""
    kept = {name: str(value) for name, value in state.items() if value is not None}
    request.url = request.url.copy_with(fragment=urlencode(kept) or None)
    return request


def kept(response: httpx.Response) -> dict[str, str]:
    """The state that the answered request held; empty where it held none."""
    request = request_of(response)
    return dict(parse_qsl(request.url.fragment)) if request is not None else {}


def number(text: str | None, *, most: int = 10**9) -> int:
    """A whole number that was kept or sent, 0 where there is none."""
    digits = text if text is not None and text.isascii() and text.isdigit() else ""
    return min(int(digits), most) if 0 < len(digits) < 20 else 0


# --- many terms in few questions


def questions(parts: Sequence[str], joint: str, longest: int) -> list[str]:
    """Terms, as a search takes them, put together with "or" into as few questions as
    their length allows. A part that is too long by itself is a question by itself."""
    found: list[str] = []
    for part in parts:
        if found and len(found[-1]) + len(joint) + len(part) <= longest:
            found[-1] += joint + part
        else:
            found.append(part)
    return found


def then(page: Page, following: httpx.Request | None) -> Page:
    """A page of one listing that others follow in the same walk: how far the walk has
    read is what the last of them says."""
    if following is None:
        return page
    return replace(page, next=page.next or following, reached=None)


# --- known posts, one request each


def first_known(query: Query, ask: Ask) -> httpx.Request:
    """The request about the first known post. Raises ValueError if there is none."""
    found = _known_from(0, query, ask)
    if found is None:
        raise ValueError("a recheck needs known posts that can be asked for")
    return found


def _known_from(at: int, query: Query, ask: Ask) -> httpx.Request | None:
    for place in range(at, len(query.known)):
        request = ask(query, query.known[place])
        if request is not None:
            return keeping(request, known=place)
    return None


def known_of(response: httpx.Response, query: Query) -> Known | None:
    """The known post that an answer is about; None where the walk has none."""
    at = number(kept(response).get(_PLACE))
    return query.known[min(at, len(query.known) - 1)] if query.known else None


def next_known(
    response: httpx.Response, query: Query, ask: Ask
) -> httpx.Request | None:
    """The request about the known post after the one that an answer is about."""
    return _known_from(number(kept(response).get(_PLACE)) + 1, query, ask)


def gone(response: httpx.Response, query: Query, ask: Ask) -> Page | None:
    """The page for a known post that is not there any more."""
    known = known_of(response, query)
    if known is None:
        return None
    return Page(deletions=(known.uri,), next=next_known(response, query, ask))
