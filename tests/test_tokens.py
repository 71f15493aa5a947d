"""Tokens of scripts: what they open, when they end, and that nobody sees them."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from click.testing import CliRunner
from datasette.app import Datasette
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell import config
from groundswell.cli import main
from groundswell.clock import utcnow
from groundswell.config import ConfigError, parse, tokens_for
from groundswell.metadata import STAFF
from groundswell.web import people, server, tokens
from groundswell.web.tokens import Refused, Token, find, hashed
from tests import web_fixture as fixture
from tests.fake_driver import GOOD, run, write
from tests.signing_in import ANA, Visitor
from tests.test_web import close

READ = "gsw_" + "0a" * 32
STAFFS = "gsw_" + "1b" * 32
OVER = "gsw_" + "2c" * 32
ENDS = fixture.NOW + timedelta(hours=1)
SCRIPTS = (
    Token("nightly", "read", ENDS, hashed(READ.encode())),
    Token("triage", "staff", ENDS, hashed(STAFFS.encode())),
    Token("old", "staff", fixture.NOW, hashed(OVER.encode())),
)
INBOX = "/campaigns/inbox.json?campaign=labourleaks&_shape=array"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = fixture.NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixture.make(tmp_path_factory.mktemp("tokens") / "x.db")


@contextmanager
def served(path: Path, **told: Any) -> Iterator[Datasette]:  # noqa: ANN401
    usual = {"clock": Clock(), "accounts": (ANA,), "scripts": SCRIPTS, "closed": True}
    datasette = server.build(path, **{**usual, **told})
    yield datasette
    close(datasette)


@pytest.fixture
def closed(path: Path) -> Iterator[Datasette]:
    with served(path) as datasette:
        yield datasette


@pytest.fixture
def opened(path: Path) -> Iterator[Datasette]:
    with served(path, closed=False) as datasette:
        yield datasette


def ask(
    site: Datasette,
    place: str,
    token: str | bytes | None = None,
    method: str = "GET",
    **more: Any,  # noqa: ANN401
) -> httpx.Response:
    """As a script does; token: the header's value where it has a space."""
    value = (
        token if token is None or b" " in _bytes(token) else b"Bearer " + _bytes(token)
    )
    headers = {} if value is None else {"authorization": value}
    answer: httpx.Response = asyncio.run(
        getattr(site.client, method.lower())(place, headers=headers, **more)
    )
    return answer


def _bytes(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text


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
    clock = Clock()
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


# How it may be written


@pytest.mark.parametrize(
    "header",
    [f"Bearer {READ}", f"bearer {READ}", f"BEARER   {READ}", f"Bearer\t{READ}",
     f"  Bearer {READ} "],
)  # fmt: skip
def test_case_and_space_of_the_scheme_do_not_matter(
    closed: Datasette, header: str
) -> None:
    assert ask(closed, "/", " " + header).status_code == 200


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (f"Token {READ}", "Write the header once"),
        (f"Bearer: {READ}", "Write the header once"),
        (f"Bearer {READ} {READ}", "Write the header once"),
        (f"Bearer {READ[:-1]}", "Was it cut?"),
        (f"Bearer {READ}0", "Was it cut?"),
        (f"Bearer {READ.upper()}", "Was it cut?"),
        (f"Bearer {READ[4:]}", "Was it cut?"),
        (f"Bearer {SCRIPTS[0].hashed}", "Was it cut?"),
        ("Bearer ", "Write the header once"),
        ("Bearer gsw_" + "0" * 60_000, "Was it cut?"),
        (b"Bearer gsw_\xff\xfe" + "é".encode() * 30, "Was it cut?"),
        (f'Bearer "{READ}"', "Was it cut?"),
    ],
)  # fmt: skip
def test_a_header_that_is_wrong_is_told_so(
    closed: Datasette, header: str | bytes, sentence: str
) -> None:
    answer = ask(closed, "/", header)
    assert answer.status_code == 401
    assert sentence in answer.json()["error"]
    assert READ[4:] not in answer.text + str(answer.headers)


def test_another_scheme_is_nobody_s(closed: Datasette, opened: Datasette) -> None:
    for header in ("Basic YW5hOng=", "Digest username=ana", " "):
        assert ask(closed, "/", header).status_code == 403
        assert ask(opened, "/", header).status_code == 200


def test_two_tokens_are_refused_and_not_chosen_from() -> None:
    pair = [(b"authorization", b"Bearer " + one.encode()) for one in (READ, STAFFS)]
    with pytest.raises(Refused, match="once"):
        find(pair, SCRIPTS, fixture.NOW)
    assert find(pair[:1], SCRIPTS, fixture.NOW) == SCRIPTS[0]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"authorization", b"Authorization", b"cookie"]),
            st.lists(
                st.sampled_from(
                    [b"Bearer", b"bearer", b" ", b"\t", READ.encode(), b"gsw_", b"\xff",
                     b"Basic", b",", b"\x0b", b"0" * 64]
                ),
                max_size=5,
            ).map(b"".join),
        ),
        max_size=3,
    )
)  # fmt: skip
def test_any_header_gives_a_token_nobody_or_a_refusal(
    headers: list[tuple[bytes, bytes]],
) -> None:
    whole = re.compile(rb"\s*bearer[ \t]+" + READ.encode() + rb"\s*", re.IGNORECASE)
    given = [value for name, value in headers if name != b"cookie"]
    right = [value for value in given if whole.fullmatch(value)]
    try:
        found = find(headers, SCRIPTS, fixture.NOW)
    except Refused as why:
        said = str(why)
    else:
        said = ""
        assert found == (SCRIPTS[0] if right else None)
    assert said.isascii()
    assert '"' not in said


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

    site = SimpleNamespace(groundswell_tokens=SCRIPTS, groundswell_clock=Clock())
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


@contextmanager
def listening(site: Datasette) -> Iterator[str]:
    """The address of a real server on loopback, in a thread."""
    listener = server._listen("127.0.0.1", 0)
    told = uvicorn.Config(site.app(), log_level="warning", lifespan="on")
    running = uvicorn.Server(told)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join()
    listener.close()


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


# The configuration

WATCHED = '[[campaign]]\nslug = "x"\nhashtags = ["X"]\n'
GOOD_TOKEN = '[[token]]\nname = "nightly"\nends = 2026-12-31\n'


def test_a_token_is_read() -> None:
    text = (
        GOOD_TOKEN
        + '[[token]]\nname = "t-2"\nscope = "staff"\nends = 2026-12-31T06:00:00Z\n'
    )
    first, second = parse(text + WATCHED, {}).tokens
    assert (first.name, first.scope) == ("nightly", "read")
    assert first.ends.isoformat() == "2027-01-01T00:00:00+00:00"  # with that whole day
    assert (second.scope, second.ends.hour) == ("staff", 6)
    assert second.variable == "GROUNDSWELL_TOKEN_T_2"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[token]]\nname = "a"', "token[0].ends: missing; a token without an end"),
        ('[[token]]\nname = "a"\nends = "never"', "is no date"),
        ('[[token]]\nname = "a"\nends = 30', "write a date"),
        ("[[token]]\nends = 2026-12-31", "missing; write name ="),
        (GOOD_TOKEN + 'scope = "write"', 'write "read", or "staff"'),
        (GOOD_TOKEN + GOOD_TOKEN, "nightly is there twice"),
        (GOOD_TOKEN + 'role = "viewer"', "is called scope"),
        (GOOD_TOKEN + "expires = 2026-12-31", "is called ends"),
        (GOOD_TOKEN + 'hash = "sha256:00"', "belongs in the environment"),
        (GOOD_TOKEN + f'secret = "{READ}"', "secrets never stand in this file"),
        (f'[[token]]\nname = "{READ}"\nends = 2026-12-31', "is a token itself"),
        (f'token = "{READ}"', "secrets never stand in this file"),
        (f'token = ["{READ}"]', "secrets never stand in this file"),
        ('[token]\nname = "a"', "write each one as [[token]]"),
        (GOOD_TOKEN.replace("token", "tokens"), "did you mean token?"),
        (f'[[token]]\nname = "{READ}', "name = \"gsw_…"),
    ],
)  # fmt: skip
def test_mistakes_are_named(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(f"{text}\n{WATCHED}", {})
    assert sentence in str(error.value)
    assert READ[4:30] not in str(error.value)


HASH = hashed(READ.encode())


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (READ, "is no hash of a token; groundswell token makes one"),
        (HASH.removeprefix("sha256:"), "is no hash"),
        (HASH[:-1], "is no hash"),
        (HASH + "\n", "a line break"),
    ],
)
def test_what_is_no_hash_is_named_but_not_shown(value: str, sentence: str) -> None:
    held = parse(GOOD_TOKEN + WATCHED, {}).tokens
    with pytest.raises(ConfigError) as error:
        tokens_for(held, {"GROUNDSWELL_TOKEN_NIGHTLY": value})
    assert f"GROUNDSWELL_TOKEN_NIGHTLY: {sentence}" in str(error.value) or (
        sentence in str(error.value)
    )
    assert READ[4:] not in str(error.value)
    assert HASH[7:40] not in str(error.value)


def test_one_token_has_one_name() -> None:
    twice = GOOD_TOKEN + GOOD_TOKEN.replace("nightly", "daily")
    held = parse(twice + WATCHED, {}).tokens
    env = {"GROUNDSWELL_TOKEN_NIGHTLY": HASH, "GROUNDSWELL_TOKEN_DAILY": HASH}
    with pytest.raises(ConfigError, match="is the same as GROUNDSWELL_TOKEN_NIGHTLY"):
        tokens_for(held, env)


def test_a_hash_comes_from_a_file_too_and_may_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "hash"
    file.write_text(HASH + "\n")
    held = parse(GOOD_TOKEN + WATCHED, {}).tokens
    found = tokens_for(held, {"GROUNDSWELL_TOKEN_NIGHTLY_FILE": str(file)})
    assert found["nightly"].reveal() == HASH
    assert tokens_for(held, {}) == {}


# The commands


def test_the_command_makes_a_token_and_its_hash() -> None:
    made = [CliRunner().invoke(main, ["token"]) for _ in range(2)]
    token, kept = made[0].stdout.splitlines()
    assert re.fullmatch("gsw_[0-9a-f]{64}", token)
    assert kept == hashed(token.encode())
    assert token not in made[0].stderr
    assert made[0].stdout != made[1].stdout
    found = json.loads(CliRunner().invoke(main, ["token", "--json"]).stdout)
    assert found["hash"] == hashed(found["token"].encode())
    held = parse(GOOD_TOKEN + WATCHED, {}).tokens
    assert tokens_for(held, {"GROUNDSWELL_TOKEN_NIGHTLY": found["hash"]})


@pytest.mark.parametrize(
    ("left", "note"),
    [
        (timedelta(days=-3), "has ended; make another, or remove its section"),
        (timedelta(hours=5), "ends in less than a day; make another in time"),
        (timedelta(days=1, hours=5), "ends in 1 day; make another in time"),
        (timedelta(days=13, hours=5), "ends in 13 days; make another in time"),
        (timedelta(days=15), None),
        (timedelta(days=399), None),
        (timedelta(days=500, hours=1), "is good for 500 days; 400 at most would be wise"),
    ],
)  # fmt: skip
def test_check_says_when_tokens_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: timedelta, note: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    ends = f"{utcnow() + left + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    write(f'{GOOD}[[token]]\nname = "nightly"\nends = {ends}\n')
    shown = run("check", GROUNDSWELL_TOKEN_NIGHTLY=HASH)
    assert shown.exit_code == 0
    assert "Tokens (hashes in environment variables; for scripts)" in shown.stdout
    assert (f"nightly {note}" in shown.stdout) == (note is not None)
    assert HASH[7:] not in shown.output
    (found,) = json.loads(run("check", "--json").stdout)["tokens"]
    assert found == {
        "name": "nightly",
        "scope": "read",
        "ends": ends.replace("Z", "+00:00"),
        "variable": "GROUNDSWELL_TOKEN_NIGHTLY",
        "set": False,
        "note": note,
    }


def test_check_names_a_token_in_place_of_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(GOOD + GOOD_TOKEN)
    result = run("check", GROUNDSWELL_TOKEN_NIGHTLY=READ)
    assert result.exit_code == 2
    assert "GROUNDSWELL_TOKEN_NIGHTLY: is no hash of a token" in result.stdout
    assert READ[4:] not in result.output


def test_serve_hands_tokens_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the file and the environment to the server, with everything else."""
    monkeypatch.chdir(tmp_path)
    write(GOOD + GOOD_TOKEN + '[[token]]\nname = "unset"\nends = 2026-12-31\n')
    handed: dict[str, Any] = {}
    monkeypatch.setattr(server, "serve", lambda *_, **told: handed.update(told))
    assert run("serve", GROUNDSWELL_TOKEN_NIGHTLY=HASH).exit_code == 0
    (script,) = handed["scripts"]
    kept = config.load(None, {}).tokens[0]
    assert script == replace(SCRIPTS[0], ends=kept.ends)
    assert HASH not in repr(script)
