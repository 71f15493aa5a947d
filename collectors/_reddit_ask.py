"""Requests to Reddit: a log-in by the application's own keys, searches, listings."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import httpx

from collectors._asking import keeping, secret_of
from collectors._json import decode, mapping
from collectors.base import NOTHING, BadPayload, Query, Secret, SecretSpec

_HOW = (
    "by Reddit's approval since November 2025: apply for an app of type script at "
    "reddit.com/prefs/apps and copy its id and secret"
)
ID = SecretSpec("id", "REDDIT_CLIENT_ID", how=_HOW, required=True)
KEY = SecretSpec("secret", "REDDIT_CLIENT_SECRET", how=_HOW, required=True)
LOGIN = "https://www.reddit.com/api/v1/access_token"
LIMIT = 100
ACCESS = "access"


def login(query: Query, **state: object) -> httpx.Request:
    """A request for a token. state: where the walk goes on with it."""
    names = (secret_of(query.settings, ID.name), secret_of(query.settings, KEY.name))
    pair = ":".join(name or "" for name in names).encode("utf-8", "replace")
    headers = {
        **_agent(query.settings),
        "Authorization": f"Basic {base64.b64encode(pair).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    address = str(query.settings.get("login_url") or LOGIN)
    request = httpx.Request(
        "POST", address, headers=headers, content=b"grant_type=client_credentials"
    )
    return keeping(request, login=1, **state)


def token_of(response: httpx.Response) -> Secret:
    """The token of an answer to a log-in. Raises BadPayload."""
    found = mapping(decode(response)).get("access_token")
    if not isinstance(found, str) or not (found.isascii() and found.isprintable()):
        raise BadPayload("Reddit answered the log-in without a token")
    return Secret(found)


def held(query: Query) -> Secret | None:
    """The token of an earlier walk."""
    found = (query.settings.get("session") or NOTHING).get(ACCESS)
    return Secret(found) if isinstance(found, str) else found


def get(
    query: Query, path: str, params: Mapping[str, str], token: Secret, **state: object
) -> httpx.Request:
    """A question to the interface. state: where the walk stands."""
    headers = {
        **_agent(query.settings),
        "Accept": "application/json",
        "Authorization": f"Bearer {token.reveal()}",
    }
    asked = {**params, "raw_json": "1"}
    request = httpx.Request(
        "GET", f"{query.base_url}{path}", params=asked, headers=headers
    )
    return keeping(request, **state)


def _agent(settings: Mapping[str, Any]) -> dict[str, str]:
    """Reddit wants `platform:app-id:version (by /u/name)`."""
    agent = settings.get("user_agent")
    sound = isinstance(agent, str) and agent.isascii() and agent.isprintable()
    return {"User-Agent": str(agent)} if agent and sound else {}
