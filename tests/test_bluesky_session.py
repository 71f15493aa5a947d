"""Bluesky's log-in, the second look at known posts, and the settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from collectors.base import BadPayload, Denied, Known, Query, Secret
from tests.bluesky_world import (
    BASE,
    COLLECTOR,
    NOW,
    RUTH,
    SECRETS,
    ask,
    trouble,
    uri,
    uris,
    view,
    walk,
)

# Logging in


@dataclass
class Guarded:
    """A server that wants tokens; `good` is the one it takes, if any."""

    good: str | None = "access-2"
    refresh: str = "refresh-1"
    password: str = "hush-hush"
    calls: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rpartition(".")[2]
        self.calls.append(method)
        token = request.headers.get("Authorization")
        if method == "createSession":
            right = json.loads(request.content)["password"] == self.password
            return self._tokens() if right else trouble(401, "AuthenticationRequired")
        if method == "refreshSession":
            right = token == f"Bearer {self.refresh}"
            return self._tokens() if right else trouble(400, "ExpiredToken")
        if token != f"Bearer {self.good}":
            return trouble(400, "ExpiredToken")
        return httpx.Response(200, json={"posts": [view(1, NOW)]})

    def _tokens(self) -> httpx.Response:
        return httpx.Response(
            200, json={"accessJwt": "access-2", "refreshJwt": "refresh-2", "did": RUTH}
        )


def logged_in(access: str | None, refresh: str = "refresh-1") -> Query:
    session = {"access": Secret(access), "refresh": Secret(refresh)} if access else None
    held = {"base_url": BASE, "secrets": SECRETS}
    return ask(settings={**held, "session": session} if session else held)


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        (logged_in(None), ["createSession", "searchPosts"]),
        (logged_in("access-2"), ["searchPosts"]),
        (logged_in("old"), ["searchPosts", "refreshSession", "searchPosts"]),
        (
            logged_in("old", "old"),
            ["searchPosts", "refreshSession", "createSession", "searchPosts"],
        ),
    ],
)
def test_logging_in(query: Query, calls: list[str]) -> None:
    server = Guarded()
    found = walk(server, query)
    assert server.calls == calls
    assert uris(found) == {uri(1): 1}
    tokens = [page.session for page in found if page.session]
    assert all(t["access"].reveal() == "access-2" for t in tokens)
    assert "access-2" not in repr(found[:-1])


def test_a_server_that_takes_no_token_ends_as_denied() -> None:
    server = Guarded(good=None)
    with pytest.raises(Denied, match="BLUESKY_HANDLE"):
        walk(server, logged_in("old"))
    assert len(server.calls) <= 6


def test_a_wrong_password_names_the_keys_and_no_secret() -> None:
    with pytest.raises(Denied, match="BLUESKY_APP_PASSWORD") as denied:
        walk(Guarded(password="other"), logged_in(None))
    assert "hush" not in str(denied.value)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"accessJwt":"to\\nken","refreshJwt":"token"}', b"x"]
)
def test_a_broken_log_in_shows_no_token(body: bytes) -> None:
    with pytest.raises(BadPayload) as broken:
        walk(lambda _: httpx.Response(200, content=body), logged_in(None))
    assert "token" not in broken.value.sample
    assert broken.value.__cause__ is None


def test_the_token_follows_no_redirect_to_another_host() -> None:
    elsewhere = quote("https://evil.example/xrpc/x")
    evil = f"{BASE}/xrpc/com.atproto.server.createSession#next={elsewhere}"
    body = {"accessJwt": "access", "refreshJwt": "refresh"}
    response = httpx.Response(200, json=body, request=httpx.Request("POST", evil))
    with pytest.raises(BadPayload, match="another address"):
        COLLECTOR.parse(response, logged_in(None))


def test_no_password_over_plain_http() -> None:
    held = {"base_url": "http://bsky.example", "secrets": SECRETS}
    assert COLLECTOR.first(ask(settings=held)).method == "GET"


# Asking again


def test_recheck_asks_for_25_at_a_time() -> None:
    there = {uri(n): view(n, NOW) for n in range(60) if n % 7}
    asked: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "public.api.bsky.app"
        wanted = request.url.params.get_list("uris")
        asked.append(wanted)
        return httpx.Response(
            200, json={"posts": [there[u] for u in wanted if u in there]}
        )

    known = tuple(Known(uri(n)) for n in range(60))
    held = {"base_url": "wss://jetstream.example", "secrets": SECRETS}
    found = walk(answer, ask(walk="recheck", known=known, settings=held))
    assert [len(batch) for batch in asked] == [25, 25, 10]
    assert set(uris(found)) == set(there)
    gone = [u for page in found for u in page.deletions]
    assert gone == [uri(n) for n in range(0, 60, 7)]


def test_recheck_knows_bridged_posts_by_their_local_id() -> None:
    known = (
        Known("https://social.example/@ada/1", uri(1)),
        Known("https://social.example/@ada/2"),
    )
    held = {"base_url": BASE, "api_url": "https://api.example/"}
    request = COLLECTOR.first(ask(walk="recheck", known=known, settings=held))
    assert request.url.host == "api.example"
    assert request.url.params.get_list("uris") == [uri(1)]


# Settings


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ({"base_url": "wss://jetstream.example"}, None),
        ({"base_url": "https://bsky.example", "api_url": "https://api.example"}, None),
        ({"base_url": "ftp://bsky.example"}, "base_url"),
        ({"base_url": "https://me:pass@bsky.example"}, "name or password"),
        ({"base_url": "https://["}, "base_url"),
        ({}, "base_url"),
        ({"base_url": "wss://x.example", "quiet_max_s": 0}, "quiet_max_s"),
        ({"base_url": "wss://x.example", "quiet_max_s": "long"}, "quiet_max_s"),
        ({"base_url": "wss://x.example", "api_url": "bsky"}, "api_url"),
        ({"base_url": "https://x.example", "plain_tags": 1}, "plain_tags"),
    ],
)
def test_check(held: Mapping[str, Any], told: str | None) -> None:
    problems = COLLECTOR.check(held)
    assert len(problems) == (1 if told else 0), problems
    assert not told or told in problems[0]


def test_check_of_credentials() -> None:
    both = {"identifier": Secret("ruth.example"), "password": Secret("hush")}
    half = {"identifier": Secret("ruth.example")}

    def told(base: str, secrets: Mapping[str, Secret]) -> str:
        return " ".join(COLLECTOR.check({"base_url": base, "secrets": secrets}))

    assert told("https://bsky.example", both) == ""
    assert "BLUESKY_APP_PASSWORD is not" in told("https://bsky.example", half)
    assert "https://" in told("http://bsky.example", both)
    assert "bsky.social" in told("https://public.api.bsky.app", both)
    assert told("wss://jetstream.example", half) == ""


def test_walks() -> None:
    assert COLLECTOR.walks({"base_url": "wss://x.example"}) == ("forward", "recheck")
    assert "back" in COLLECTOR.walks({"base_url": "https://x.example"})
