"""What is answered where there is no page: ways on for people, a sentence for scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser

from db.published import queries
from groundswell.metadata import STAFF_QUERIES
from groundswell.web.filters import sql_error
from tests import web_fixture as fixture
from tests.signing_in import Visitor
from tests.test_web import build, close, get, page, text

ROOMS = (
    "campaign", "inbox", "diary", "posts", "label", "pushing", "export", "download",
)  # fmt: skip
DATED = [
    name
    for name, query in queries().items()
    if "from_at" in query.params and name not in STAFF_QUERIES
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    datasette = build(fixture.make(tmp_path_factory.mktemp("errors") / "x.db"))
    yield datasette
    close(datasette)


@pytest.mark.parametrize("slug", ["WRONG", "<b>&", "a/b", "100%"])
@pytest.mark.parametrize("room", ROOMS)
def test_a_campaign_that_is_not_there_leads_to_those_that_are(
    site: Datasette, room: str, slug: str
) -> None:
    path = f"/-/{room}/{quote(slug, safe='')}"
    browser = {"accept": "text/html"}
    answer = asyncio.run(site.client.get(path, headers=browser))
    assert answer.status_code == 404
    tree = LexborHTMLParser(answer.text)
    assert f"There is no campaign called “ {slug} ”" in text(tree)
    found = [one.attributes["href"] for one in tree.css("main li a")]
    assert found == ["/-/campaign/labourleaks", "/-/campaign/harbour"]
    assert tree.css_first("header.gs-top") is not None


def test_its_feeds_lead_there_too(site: Datasette) -> None:
    for feed in ("alerts", "notable", "posts"):
        assert "labourleaks" in get(site, f"/-/feed/WRONG/{feed}.atom").text


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/nosuch", "There is no page /nosuch"),
        ("/-/nosuch", "There is no page /-/nosuch"),
        ("/campaigns/nosuch", "no table or query has that name"),
        ("/campaigns/posts/999999", "the table has no row of that key"),
        ("/-/xlsx/nosuch", "There is no query called nosuch"),
        ("/" + "x" * 500, "…"),
    ],
)
def test_what_is_not_there_has_ways_on(
    site: Datasette, path: str, sentence: str
) -> None:
    tree = page(site, path, status=404)
    assert sentence in text(tree)
    links = {one.attributes["href"] for one in tree.css("main a")}
    assert links == {"/", "/-/sources", "/campaigns", "/-/api"}
    assert "pages.css" in str(tree.html)


def test_scripts_get_a_sentence(site: Datasette) -> None:
    for path in (
        "/nosuch.json",
        "/campaigns/nosuch.json",
        "/campaigns/posts/9999.json",
    ):
        answer = get(site, path)
        assert (answer.status_code, answer.json()["ok"]) == (404, False), path
        assert answer.json()["error"].startswith(f"There is no page {path}"), path


def test_who_may_not_read_is_told_how(site: Datasette) -> None:
    answer = Visitor(site).get("/campaigns/inbox")
    assert answer.status_code == 403
    assert "This is not open to you" in answer.text
    assert get(site, "/campaigns/inbox.json?campaign=labourleaks").json() == {
        "ok": False,
        "error": "You do not have permission to view this query",
        "status": 403,
        "title": None,
    }


@pytest.mark.parametrize("shape", ["", "&_shape=array", "&_shape=arrays"])
@pytest.mark.parametrize("name", DATED)
def test_a_wrong_time_is_a_sentence_without_sql(
    site: Datasette, name: str, shape: str
) -> None:
    wrong = quote('it\'s "now"')
    path = f"/campaigns/{name}.json?campaign=labourleaks&from_at={wrong}{shape}"
    if "campaign" not in queries()[name].params:
        path = path.replace("campaign=labourleaks&", "")
    answer = get(site, path)
    assert answer.status_code == 400
    assert answer.json() == {
        "ok": False,
        "error": "from_at: write it as 2026-05-01 or 2026-05-01T09:00:00Z, not "
        'it\'s "now"',
        "status": 400,
        "title": None,
    }
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_sentence_keeps_its_quotes() -> None:
    wrapped = "JSON path error near 'x: not it''s'"
    assert sql_error(wrapped) == "x: not it's"
    assert sql_error("no such column: 'a''b'") == "no such column: 'a''b'"


def test_the_same_as_a_page_and_as_csv(site: Datasette) -> None:
    for form in ("", ".csv"):
        answer = get(site, f"/campaigns/volume{form}?campaign=WRONG")
        assert answer.status_code == 400
        assert "campaign: there is none called WRONG" in answer.text
        assert "JSON path" not in answer.text
