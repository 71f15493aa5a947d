"""Signing in: who may read, who may write, and what ends it."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from datasette.app import Datasette
from datasette_auth_passwords.utils import hash_password, verify_password

from groundswell.cli import main
from groundswell.config.loading import ConfigError, Person, parse, passwords_for
from tests import web_fixture as fixture
from tests.signing_in import ANA, HASH, PASSWORD, Visitor, build, text_of
from tests.test_web import close


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixture.make(tmp_path_factory.mktemp("people") / "x.db")


@pytest.fixture
def site(path: Path) -> Iterator[Datasette]:
    datasette = build(path)
    yield datasette
    close(datasette)


@pytest.fixture
def closed(path: Path) -> Iterator[Datasette]:
    datasette = build(path, closed=True)
    yield datasette
    close(datasette)


def test_who_signs_in_is_greeted_by_name(site: Datasette) -> None:
    ana = Visitor(site)
    assert "Sign in" in text_of(ana.get("/"))
    assert ana.sign_in().status_code == 302
    assert "Sign out (ana)" in text_of(ana.get("/"))
    assert "Sign out (ana)" in text_of(ana.get("/campaigns/posts"))


def test_a_wrong_password_says_so_and_lets_nobody_in(site: Datasette) -> None:
    ana = Visitor(site)
    answer = ana.sign_in(password="correct horses")
    assert "Invalid username or password" in text_of(answer)
    assert "Sign out" not in text_of(ana.get("/"))


def test_what_staff_write_is_for_who_is_signed_in(site: Datasette) -> None:
    ana = Visitor(site)
    for table in ("labels", "notes", "samples"):
        assert ana.get(f"/campaigns/{table}.json").status_code == 403
    ana.sign_in()
    for table in ("labels", "notes", "samples"):
        assert ana.get(f"/campaigns/{table}.json").status_code == 200


@pytest.mark.parametrize(
    "place",
    ["/", "/-/campaign/labourleaks", "/-/sources", "/campaigns/posts.json",
     "/campaigns/volume.json?campaign=labourleaks", "/campaigns", "/-/label/labourleaks"],
)  # fmt: skip
def test_closed_pages_are_for_who_is_signed_in(closed: Datasette, place: str) -> None:
    ana = Visitor(closed)
    assert ana.get(place).status_code == 403
    ana.sign_in()
    assert ana.get(place).status_code == 200


def test_a_new_password_or_leaving_ends_it(path: Path, site: Datasette) -> None:
    ana = Visitor(site)
    ana.sign_in()
    other = replace(ANA, password_hash=hash_password("another one", iterations=10_000))
    for accounts in ((other,), (replace(ANA, name="eve"),)):
        later = build(path, *accounts, closed=True)
        visitor = Visitor(later)
        visitor.cookies = dict(ana.cookies)
        assert visitor.get("/").status_code == 403
        close(later)
    same = build(path, closed=True)
    visitor = Visitor(same)
    visitor.cookies = dict(ana.cookies)
    assert visitor.get("/").status_code == 200  # the key for cookies is kept
    close(same)


def test_the_key_for_cookies_is_for_the_owner_alone(
    path: Path, site: Datasette
) -> None:
    key = path.with_name("x.db.signing-key")
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600


@pytest.mark.parametrize(
    "place",
    ["/-/metadata.json", "/-/plugins.json", "/-/config.json", "/-/settings.json"],
)
def test_no_page_shows_a_hash(site: Datasette, place: str) -> None:
    ana = Visitor(site)
    ana.sign_in("ada")
    answer = ana.get(place)
    assert "pbkdf2" not in answer.text
    assert HASH not in answer.text


def test_passwords_are_tried_slowly(site: Datasette) -> None:
    eve = Visitor(site)
    answers = [eve.sign_in(password=f"guess {n}").status_code for n in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_a_password_in_a_header_is_not_looked_at(closed: Datasette) -> None:
    async def ask() -> int:
        answer = await closed.client.get("/", auth=("ana", PASSWORD))
        return int(answer.status_code)

    assert asyncio.run(ask()) == 403


def test_the_plugins_tool_is_not_there(site: Datasette) -> None:
    assert Visitor(site).get("/-/password-tool").status_code == 404


def test_a_form_without_its_token_is_refused(site: Datasette) -> None:
    """Another site's page, open in the same browser, cannot write in somebody's name."""
    ana = Visitor(site)
    ana.sign_in()

    async def send() -> int:
        answer = await site.client.post(
            "/-/label/labourleaks", data={"draw": "1"}, cookies=ana.cookies
        )
        return int(answer.status_code)

    assert asyncio.run(send()) == 403


def test_a_password_becomes_a_hash() -> None:
    result = CliRunner().invoke(main, ["password", "--stdin"], input=f"{PASSWORD}\n")
    assert result.exit_code == 0
    made = result.output.strip()
    assert verify_password(PASSWORD, made)
    person = Person(name="ana")
    env = {"GROUNDSWELL_PASSWORD_ANA": made}
    assert passwords_for([person], env)["ana"].reveal() == made


def test_a_short_password_and_a_typo_are_refused() -> None:
    short = CliRunner().invoke(main, ["password", "--stdin"], input="hunter2\n")
    assert (short.exit_code, "10 characters" in short.output) == (1, True)
    typo = CliRunner().invoke(
        main, ["password"], input="correct horse\ncorrect house\n"
    )
    assert (typo.exit_code, "two different" in typo.output) == (1, True)


def test_a_password_in_place_of_its_hash_is_named_but_not_shown() -> None:
    with pytest.raises(ConfigError) as error:
        passwords_for([Person(name="ana-b")], {"GROUNDSWELL_PASSWORD_ANA_B": PASSWORD})
    assert "GROUNDSWELL_PASSWORD_ANA_B" in str(error.value)
    assert "groundswell password makes one" in str(error.value)
    assert PASSWORD not in str(error.value)


WATCHED = '[[campaign]]\nslug = "x"\nhashtags = ["X"]\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[person]]\nname = "ana"\nrole = "boss"', 'write "viewer", "editor" or "admin"'),
        ('[[person]]\nrole = "editor"', 'missing; write name = "ana"'),
        ('[[person]]\nname = "a"\n[[person]]\nname = "a"', "a is there twice"),
        ('[monitor]\nreading = "people"', "there is no [[person]]"),
        ('[monitor]\nreading = "staff"', 'write "open", or "people"'),
        ('[[person]]\nname = "a"\nroles = ["editor"]', "is called role"),
        ('[[user]]\nname = "a"', "is called person"),
    ],
)  # fmt: skip
def test_mistakes_are_named(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(f"{text}\n{WATCHED}", {})
    assert sentence in str(error.value)


def test_others_failures_do_not_lock_staff_out(site: Datasette) -> None:
    """Neither posts to other addresses, nor those that were let in, count."""

    async def noise() -> None:
        for _ in range(12):
            await site.client.post("/anything/-/login", data={})

    asyncio.run(noise())
    for _ in range(12):
        ana = Visitor(site)
        assert ana.sign_in().status_code == 302


def test_which_posts_staff_work_on_is_told_to_nobody_else(site: Datasette) -> None:
    (post,) = site.get_database("campaigns").connect().execute(
        "select max(post_id) from inbox"
    ).fetchone()  # fmt: skip
    place = f"/campaigns/posts/{post}"
    nobody, ana = Visitor(site), Visitor(site)
    ana.sign_in()

    def tables(who: Visitor) -> set[str]:
        told = who.get(f"{place}.json?_extras=foreign_key_tables").json()
        return {one["other_table"] for one in told["foreign_key_tables"]}

    staff = {"notes", "inbox", "labels", "samples", "cited"}
    assert not tables(nobody) & staff
    assert tables(ana) >= {"notes", "inbox"}
    assert "inbox" not in nobody.get(place).text.replace("/-/inbox", "")


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ("/-/inbox/labourleaks", "/-/inbox/labourleaks"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_is_where_one_came_from(
    site: Datasette, wanted: str, place: str
) -> None:
    ana = Visitor(site)
    address = f"/-/login?{urlencode({'next': wanted})}"
    answer = ana.post(address, username="ana", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (302, place)
    assert "set-cookie: x" not in str(answer.headers)
