"""Posts to read: filters that hold together, pages that join without a gap, and hostile
words that stay words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from datasette.app import Datasette
from datasette.utils import escape_fts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from db.connection import open_database
from db.published import ask
from tests import web_fixture as fixture
from tests.test_web import build, close, get, text

PAGE = "/-/posts/labourleaks"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixture.make(tmp_path_factory.mktemp("reading") / "x.db")


@pytest.fixture(scope="module")
def site(path: Path) -> Iterator[Datasette]:
    datasette = build(path)
    yield datasette
    close(datasette)


def read(path: Path, **params: object) -> list[dict[str, object]]:
    database = open_database(path, read_only=True)
    database.conn.create_function("escape_fts", 1, escape_fts)
    given = {
        "campaign": "labourleaks", "from_at": "2025-05-01", "to_at": "2025-05-11",
        "top": 1000,
    }  # fmt: skip
    rows = ask(database, "read_posts", **{**given, **params})
    database.close()
    return rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["", "mastodon", "bluesky", "feed"]),
    st.sampled_from(["", "negative", "neutral", "positive", "unscored"]),
    st.sampled_from(["", "en", "de"]),
    st.sampled_from(["", "post", "article"]),
    st.sampled_from(["", "labourleaks", "labourleadership"]),
)
def test_filters_hold_together(
    path: Path, platform: str, sentiment: str, lang: str, kind: str, term: str
) -> None:
    whole = read(path)
    narrowed = read(
        path, platform=platform, sentiment=sentiment, lang=lang, kind=kind, term=term
    )
    expected = [
        row["id"]
        for row in whole
        if platform in {"", row["platform"]}
        and sentiment in {"", row["sentiment"] or "unscored"}
        and lang in {"", row["lang"]}
        and kind in {"", row["kind"]}
        and term != "labourleadership"
    ]
    assert [row["id"] for row in narrowed] == expected


def test_words_and_other_filters_hold_together(path: Path) -> None:
    found = read(path, q="dreadful party", platform="mastodon")
    assert found
    assert {row["platform"] for row in found} == {"mastodon"}
    assert all("dreadful" in str(row["text"]) for row in found)
    assert read(path, q='"party dreadful"') == []
    assert read(path, q="'; drop table posts; --") != []


def test_what_cannot_be_is_an_error_in_words(site: Datasette) -> None:
    answer = get(
        site, "/campaigns/read_posts.json?campaign=labourleaks&sentiment=angry"
    )
    assert answer.status_code == 400
    assert "sentiment: write negative, neutral, positive or unscored" in answer.text
    answer = get(site, "/campaigns/read_posts.json?campaign=labourleaks&term=nothing")
    assert "term: the campaign has none written nothing" in answer.text


def ids(tree: LexborHTMLParser) -> list[str]:
    return re.findall(r"/campaigns/posts/(\d+)", tree.html or "")


def walked(site: Datasette, query: str) -> list[str]:
    """The posts of page after page, in order."""
    where: str | None = f"{PAGE}{query}"
    seen: list[str] = []
    while where:
        tree = LexborHTMLParser(get(site, where).text)
        seen += ids(tree)
        older = tree.css_first("a[rel=next]")
        where = f"{PAGE}{older.attributes['href']}" if older else None
    return seen


def test_pages_join_without_a_gap_or_a_double(site: Datasette, path: Path) -> None:
    seen = walked(site, "?from=2025-05-09&to=2025-05-10")
    expected = read(path, from_at="2025-05-09", to_at="2025-05-10")
    assert seen == [str(row["id"]) for row in expected]


def test_a_post_has_all_that_belongs_to_it(site: Datasette) -> None:
    page = get(site, f"{PAGE}?range=24h&kind=post&platform=mastodon")
    told = text(LexborHTMLParser(page.text))
    assert "In answer to" in told
    assert "1 earlier version" in told
    assert "An <b>earlier</b> version" in told
    assert "33 likes more since" in told
    assert "seen on social-example, tiny-example" in told
    assert "1 copy elsewhere" in told
    assert "image: A <img> of it" in told
    assert "javascript:window" not in page.text


def test_an_odd_filter_is_named_and_left_out(site: Datasette) -> None:
    page = get(site, f"{PAGE}?sentiment=angry&term=x&kind=y&lang=%3Cb%3E")
    assert page.status_code == 200
    told = text(LexborHTMLParser(page.text))
    for name in ("sentiment: “angry”", "term: “x”", "kind: “y”"):
        assert name in told
    assert "No post of this time is like that" in told
    assert "<b></option>" not in page.text


def test_hostile_words_stay_words(site: Datasette) -> None:
    page = get(site, f"{PAGE}?range=24h").text
    assert "<script>window.hacked" not in page
    assert "<img src=x" not in page
    assert get(site, "/-/posts/nothing").status_code == 404


def test_many_posts_of_one_second_are_all_reached(tmp_path: Path) -> None:
    file = fixture.make(tmp_path / "x.db")
    database = open_database(file)
    database.conn.execute(
        "update posts set published_at = '2025-05-10T00:00:00Z' "
        "where id in (select post_id from matches where campaign_id = 1)"
    )
    database.conn.execute(
        "update matches set published_at = '2025-05-10T00:00:00Z' where campaign_id = 1"
    )
    database.close()
    site = build(file)
    seen = walked(site, "?from=2025-05-09&to=2025-05-10")
    expected = read(file, from_at="2025-05-09", to_at="2025-05-10")
    assert seen == [str(row["id"]) for row in expected]
    assert len(seen) > 100
    close(site)
