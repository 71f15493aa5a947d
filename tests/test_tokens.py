"""Tokens of scripts: what they open, when they end, and that nobody sees them."""

from __future__ import annotations

import asyncio
import hmac
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from datasette.app import Datasette

from groundswell.metadata import STAFF
from groundswell.web import people, tokens
from groundswell.web.tokens import find, hashed
from tests import web_fixture as fixture
from tests.clocks import Clock
from tests.listening import listening
from tests.signing_in import ANA, Visitor
from tests.token_site import (
    ENDS,
    INBOX,
    OVER,
    READ,
    SCRIPTS,
    STAFFS,
    ask,
    closed,
    opened,
    path,
    served,
)

__all__ = ["closed", "opened", "path"]  # fixtures


# What they open

PUBLIC = (
    "/", "/-/campaign/labourleaks", "/-/sources", "/-/api", "/-/openapi.json",
    "/campaigns/posts.json", "/campaigns/volume.json?campaign=labourleaks",
    "/-/feed/labourleaks/posts.atom", "/-/export/labourleaks?format=csv",
)  # fmt: skip


@pytest.mark.parametrize("place", PUBLIC)
def test_where_reading_is_closed_a_token_reads(closed: Datasette, place: str) -> None:
    assert ask(closed, place).status_code == 403
    for token in (READ, STAFFS):
        assert ask(closed, place, token).status_code == 200, token


@pytest.mark.parametrize("place", PUBLIC)
def test_where_reading_is_open_a_token_is_welcome(
    opened: Datasette, place: str
) -> None:
    assert ask(opened, place).status_code == 200
    assert ask(opened, place, READ).status_code == 200
    assert ask(opened, place, OVER).status_code == 401


@pytest.mark.parametrize("shut", [True, False])
@pytest.mark.parametrize(
    "place", [*(f"/campaigns/{name}.json" for name in STAFF if name != "inbox"), INBOX]
)
def test_what_staff_write_wants_the_scope_staff(
    path: Path, place: str, shut: bool
) -> None:
    with served(path, closed=shut) as site:
        assert ask(site, place).status_code == 403
        assert ask(site, place, READ).status_code == 403
        answer = ask(site, place, STAFFS)
        assert answer.status_code == 200
        assert answer.json()


def test_no_token_opens_what_is_shut_to_all(closed: Datasette) -> None:
    for place in ("/campaigns/meta.json", "/campaigns/suppressions.json"):
        assert ask(closed, place, STAFFS).status_code == 403
    assert ask(closed, "/campaigns.json?sql=select+1", STAFFS).status_code == 403


def test_a_token_alone_is_enough(path: Path) -> None:
    """Whoever has no password set cannot sign in; scripts go on."""
    with served(path, accounts=()) as site:
        assert ask(site, "/").status_code == 403
        assert ask(site, "/", READ).status_code == 200


@pytest.mark.parametrize("token", [READ, STAFFS])
@pytest.mark.parametrize("form", ["label", "diary", "inbox"])
def test_a_token_writes_nothing(
    path: Path, opened: Datasette, token: str, form: str
) -> None:
    place = f"/-/{form}/labourleaks"
    before = written(path)
    data = {"draw": "1", "title": "x", "at": "2025-05-11", "kind": "listed"}
    assert ask(opened, place, token, "POST", data=data).status_code == 403
    ana = Visitor(opened)
    ana.sign_in()
    both = ask(opened, place, token, "POST", data=data, cookies=ana.cookies)
    assert both.status_code == 403
    assert written(path) == before


def written(path: Path) -> list[list[tuple[object, ...]]]:
    """All that staff wrote."""
    names = ("labels", "draws", "events", "notes", "inbox_rules")
    with closing(sqlite3.connect(path)) as db:
        return [db.execute(f"select * from {name}").fetchall() for name in names]


def test_a_token_is_no_person(opened: Datasette) -> None:
    for actor in (None, *(one.actor for one in SCRIPTS)):
        request = SimpleNamespace(actor=actor)
        assert people.who(opened, request) is None
        with pytest.raises(Exception, match="Sign in to do this"):
            people.require(opened, request, "viewer")


def test_a_cookie_of_somebody_signed_in_stays_as_it_is(closed: Datasette) -> None:
    ana = Visitor(closed)
    ana.sign_in()
    assert ana.get("/-/actor.json").json() == {"actor": ANA.actor}
    assert ana.get("/campaigns/labels.json").status_code == 200


def test_a_token_counts_before_a_cookie(closed: Datasette) -> None:
    """A script that also has somebody's cookie reads what its token lets it."""
    ana = Visitor(closed)
    ana.sign_in()
    place = "/campaigns/labels.json"
    assert ask(closed, place, READ, cookies=ana.cookies).status_code == 403
    assert ask(closed, place, OVER, cookies=ana.cookies).status_code == 401


# When they end


def test_a_token_ends_while_the_server_runs(path: Path) -> None:
    clock = Clock(fixture.NOW)
    with served(path, clock=clock) as site:
        clock.now = ENDS - timedelta(seconds=1)
        assert ask(site, "/", READ).status_code == 200
        clock.now = ENDS
        answer = ask(site, "/campaigns/posts.json", READ)
        assert answer.status_code == 401
        assert answer.json() == {
            "ok": False,
            "error": "The token nightly ended at 2025-05-11T13:30:00Z.",
            "status": 401,
            "title": None,
        }
        clock.now = ENDS - timedelta(seconds=1)
        assert ask(site, "/", READ).status_code == 200


def test_a_refusal_says_how_in_its_headers(closed: Datasette) -> None:
    answer = ask(closed, "/", "gsw_" + "f" * 64)
    assert answer.status_code == 401
    sentence = "This token is unknown: it is wrong, or was taken away."
    assert answer.json()["error"] == sentence
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="groundswell", error="invalid_token", '
        f'error_description="{sentence}"'
    )
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers


def test_where_reading_is_open_another_page_may_read_the_refusal(
    opened: Datasette,
) -> None:
    answer = ask(opened, "/campaigns/posts.json", OVER)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_without_any_token_in_the_file_none_is_good(path: Path) -> None:
    with served(path, scripts=(), closed=False) as site:
        assert ask(site, "/", READ).status_code == 401
        assert ask(site, "/").status_code == 200


# That nobody sees them


@pytest.mark.parametrize(
    "place",
    ["/-/metadata.json", "/-/plugins.json", "/-/config.json", "/-/settings.json",
     "/-/actor.json", "/-/api", "/-/openapi.json", "/campaigns.json", "/-/nothing"],
)  # fmt: skip
def test_no_page_shows_a_token_or_its_hash(closed: Datasette, place: str) -> None:
    answer = ask(closed, place, STAFFS)
    for secret in (READ, STAFFS, *(one.hashed for one in SCRIPTS)):
        assert secret.rpartition(":")[2].removeprefix("gsw_") not in answer.text


def test_a_script_may_ask_who_it_is(closed: Datasette) -> None:
    found = ask(closed, "/-/actor.json", STAFFS).json()
    assert found == {"actor": {"id": "token:triage", "scope": "staff"}}


def test_nothing_behind_the_door_sees_the_header() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        seen.append(scope)

    site = SimpleNamespace(
        groundswell_tokens=SCRIPTS, groundswell_clock=Clock(fixture.NOW)
    )
    header = (b"Authorization", b"Bearer " + READ.encode())
    scope = {"type": "http", "headers": [(b"host", b"x"), header]}
    asyncio.run(tokens.checked(app, site)(scope, None, None))  # type: ignore[arg-type]
    assert seen[0]["headers"] == [(b"host", b"x")]
    assert READ not in repr(seen)
    assert SCRIPTS[0].hashed not in repr(seen)


@pytest.mark.parametrize(
    "place",
    ["/campaigns/posts.json", "/-/feed/labourleaks/posts.atom",
     "/-/export/labourleaks?format=csv", "/"],
)  # fmt: skip
def test_no_cache_keeps_what_a_token_read(closed: Datasette, place: str) -> None:
    headers = ask(closed, place, READ).headers
    assert headers["cache-control"] == "private, no-store"
    assert "authorization" in headers["vary"].lower()


def test_every_hash_is_compared_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[str, str]] = []
    real = tokens.compare_digest

    def noting(one: str, other: str) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(tokens, "compare_digest", noting)
    header = [(b"authorization", b"Bearer " + READ.encode())]
    find(header, SCRIPTS, fixture.NOW)
    assert compared == [(hashed(READ.encode()), one.hashed) for one in SCRIPTS]
    assert real is hmac.compare_digest


# Over a socket


def test_over_a_socket_it_is_the_same(path: Path) -> None:
    with served(path) as site, listening(site) as address:
        place = f"{address}/campaigns/posts.json?_shape=array&_size=2"
        right = {"Authorization": f"Bearer {READ}"}
        with httpx.Client() as client:
            assert client.get(place).status_code == 403
            answer = client.get(place, headers=right)
            assert (answer.status_code, len(answer.json())) == (200, 2)
            assert answer.headers["cache-control"] == "private, no-store"
            assert client.head(place, headers=right).status_code == 200
            wrong = client.get(place, headers={"Authorization": f"Bearer {OVER}"})
            assert wrong.status_code == 401
            assert "ended at 2025-05-11T12:30:00Z" in wrong.json()["error"]
            assert wrong.headers["www-authenticate"].startswith("Bearer ")
            again = client.get(place, headers=right)
            assert again.status_code == 200


# The document and its page


def test_the_document_of_a_closed_server_asks_for_a_token(
    closed: Datasette, opened: Datasette
) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    shut = ask(closed, "/-/openapi.json", READ).json()
    validator.validate(shut)
    assert shut["security"] == [{"token": []}]
    scheme = shut["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert all("401" in one["get"]["responses"] for one in shut["paths"].values())
    free = ask(opened, "/-/openapi.json").json()
    assert "security" not in free
    assert "securitySchemes" not in free["components"]


def test_the_page_says_how_to_come_in(closed: Datasette, opened: Datasette) -> None:
    shut, free = ask(closed, "/-/api", READ).text, ask(opened, "/-/api").text
    assert "curl -H &#34;Authorization" in shut or 'curl -H "Authorization' in shut
    assert "CORS is off" in shut
    assert "Send yours with each request" in shut
    assert "without a key" not in shut
    assert "curl -H" not in free
    assert "a token of the scope staff" in free
