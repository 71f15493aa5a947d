"""Logging in to Bluesky, as requests: create a session, renew it, carry on.

A session request remembers in its URL's fragment, which no server sees, the request that
waits for it. Limits: createSession 30 in 5 minutes and 300 a day for one account, so
tokens are kept and renewed (platforms.md section 5.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import msgspec

from collectors.base import BadPayload, Denied, Page, Query, Secret, SecretSpec

SECRETS = (
    SecretSpec(
        "identifier",
        "BLUESKY_HANDLE",
        "the handle or e-mail address of a Bluesky account made for this monitor",
    ),
    SecretSpec(
        "password",
        "BLUESKY_APP_PASSWORD",
        "an app password of that account (Settings, Privacy and security, App "
        "passwords), never the main password",
    ),
)
KEYS = "BLUESKY_HANDLE and BLUESKY_APP_PASSWORD"

_CREATE = "com.atproto.server.createSession"
_REFRESH = "com.atproto.server.refreshSession"
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


_Token = Annotated[str, msgspec.Meta(pattern=r"\A[\x21-\x7e]{1,10000}\Z")]


class _Tokens(msgspec.Struct, frozen=True):
    access: _Token = msgspec.field(name="accessJwt")
    refresh: _Token = msgspec.field(name="refreshJwt")


def is_private(base_url: str) -> bool:
    """Whether a password may be sent there: https, or this machine."""
    url = urlsplit(base_url)
    return url.scheme == "https" or url.hostname in _LOCAL_HOSTS


def can_log_in(query: Query) -> bool:
    """Whether both halves of the credentials are there and may be sent."""
    both = query.secret("identifier") and query.secret("password")
    return bool(both) and is_private(query.base_url)


def is_session(request: httpx.Request | None) -> bool:
    """Whether a request was one of this module's."""
    return request is not None and request.url.path.endswith((_CREATE, _REFRESH))


def is_refresh(request: httpx.Request) -> bool:
    """Whether a request was to renew the session."""
    return request.url.path.endswith(_REFRESH)


def with_login(request: httpx.Request, query: Query) -> httpx.Request:
    """The request with the session's token, or the log-in that must come before it.

    Without credentials the request itself: some hosts answer anonymously.
    """
    if not can_log_in(query):
        return request
    access = _token(query, "access")
    return authorised(request, access) if access else create(query, request.url)


def authorised(request: httpx.Request, access: str) -> httpx.Request:
    """The request with a bearer token."""
    request.headers["Authorization"] = f"Bearer {access}"
    return request


def create(query: Query, waiting: httpx.URL) -> httpx.Request:
    """A log-in, for the request that waits."""
    body = {
        "identifier": query.secret("identifier"),
        "password": query.secret("password"),
    }
    return httpx.Request("POST", _address(query, _CREATE, waiting), json=body)


def renew(query: Query, waiting: httpx.URL) -> httpx.Request:
    """A renewal by the refresh token, or a log-in where there is none."""
    refresh = _token(query, "refresh")
    if refresh is None:
        return create(query, waiting)
    return authorised(
        httpx.Request("POST", _address(query, _REFRESH, waiting)), refresh
    )


def parse(response: httpx.Response, query: Query) -> Page:
    """The new tokens, and the request that waited for them.

    Raises BadPayload, without a sample: the body may hold a token.
    """
    try:
        tokens = msgspec.json.decode(response.content, type=_Tokens)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise BadPayload("the log-in's answer holds no tokens") from None
    waiting = httpx.Request("GET", _waiting(response.request.url, query))
    return Page(
        next=authorised(waiting, tokens.access),
        session={"access": Secret(tokens.access), "refresh": Secret(tokens.refresh)},
        vouches="overlapping",
    )


def explain(response: httpx.Response, query: Query) -> Page | None:
    """A refused renewal leads to a new log-in, a refused log-in to a person."""
    if response.status_code not in {400, 401, 403}:
        return None
    if is_refresh(response.request):
        again = create(query, _waiting(response.request.url, query))
        return Page(next=again, vouches="overlapping")
    raise Denied(
        f"Bluesky refused the log-in: check {KEYS} (an app password, made for the "
        "account of that handle)"
    )


def memory(url: httpx.URL) -> dict[str, str]:
    """What a request's URL remembers in its fragment."""
    kept = parse_qs(str(url).partition("#")[2])  # .fragment is unquoted once too often
    return {name: values[0] for name, values in kept.items()}


def _token(query: Query, name: str) -> str | None:
    session = query.settings.get("session")
    held: Any = session.get(name) if isinstance(session, Mapping) else None
    text = held.reveal() if isinstance(held, Secret) else held
    return text if isinstance(text, str) and text.isascii() and text else None


def _address(query: Query, method: str, waiting: httpx.URL) -> httpx.URL:
    fragment = urlencode({"next": str(waiting)})
    return httpx.URL(f"{query.base_url}/xrpc/{method}").copy_with(fragment=fragment)


def _waiting(url: httpx.URL, query: Query) -> httpx.URL:
    """The request that waited; never one elsewhere, which would be given the token."""
    waiting = memory(url).get("next", "")
    if not waiting.startswith(f"{query.base_url}/xrpc/"):
        raise BadPayload("the log-in's answer came from another address")
    return httpx.URL(waiting)
