"""The Atom feeds: what they say, what is asked for, and what is known already."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import feedparser
import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser

from db.connection import open_database
from groundswell.web import atom, feeds
from tests import web_fixture as fixture
from tests.atom_site import (
    ALERTS,
    ATOM,
    FEEDS,
    NOTABLE,
    POSTS,
    build,
    check_feed,
    get,
    one,
    read,
    site,
)
from tests.test_web import close

__all__ = ["site"]  # fixtures


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_keeps_the_rfc(site: Datasette, path: str) -> None:
    feed = read(site, path)
    check_feed(feed)
    assert feed.findall(f"{ATOM}entry")


def test_an_empty_feed_keeps_it_too(site: Datasette) -> None:
    for path in ("/-/feed/harbour/alerts.atom", f"{POSTS}?platform=nowhere"):
        feed = read(site, path)
        check_feed(feed)
        assert one(feed, "updated").text == "2025-05-11T00:00:00Z"


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_reader_reads_it(site: Datasette, path: str) -> None:
    found = feedparser.parse(get(site, path).content)
    assert not found.bozo
    assert found.version == "atom10"
    assert found.feed.title.startswith("#LabourLeaks: ")
    own = [link.href for link in found.feed.links if link.rel == "self"]
    assert own == [f"http://localhost{path}"]
    for entry in found.entries:
        assert entry.id.startswith("urn:uuid:")
        assert entry.updated_parsed
        assert entry.author
        assert entry.summary


# What the feeds say


def test_posts_are_those_of_the_query(site: Datasette) -> None:
    given = "platform=mastodon&from_at=2025-05-03&to_at=2025-05-10&top=50"
    rows = get(
        site, f"/campaigns/newest_posts.json?campaign=labourleaks&{given}&_shape=array"
    ).json()
    feed = read(site, f"{POSTS}?{given}")
    entries = feed.findall(f"{ATOM}entry")
    links = [one(entry, "link[@rel='alternate']").attrib["href"] for entry in entries]
    assert links == [row["url"] for row in rows]
    assert len(links) == 50
    assert one(feed, "title").text == "#LabourLeaks: posts on mastodon"


def test_notable_posts_are_the_most_shared(site: Datasette) -> None:
    rows = get(
        site,
        "/campaigns/most_shared.json?campaign=labourleaks&from_at=2025-05-04T12:30:00Z"
        "&to_at=2025-05-11T12:30:00Z&_shape=array",
    ).json()
    feed = read(site, NOTABLE)
    ids = [one(entry, "id").text for entry in feed.findall(f"{ATOM}entry")]
    assert ids == [atom.name_of("post", row["uri"]) for row in rows]
    assert "29 shares" in "".join(ET.tostring(feed, encoding="unicode"))


def test_alerts_come_with_their_evidence(site: Datasette) -> None:
    feed = read(site, ALERTS)
    silence, spike = feed.findall(f"{ATOM}entry")
    title = (
        "Silence: mastodon: 41 posts in five minutes, where about <i>6</i> are usual"
    )
    assert one(silence, "title").text == title
    assert one(spike, "published").text == "2025-05-10T06:30:00Z"
    assert one(spike, "updated").text == "2025-05-10T08:30:00Z"
    told = LexborHTMLParser(one(spike, "content").text or "")
    shown = " ".join((told.body.text(separator=" ") if told.body else "").split())
    assert "Over by 10 May 2025, 08:30 UTC." in shown
    assert (
        "84 posts by 61 voices, 12 % of them by three; 31 % say what another" in shown
    )
    assert "(12 posts)" in shown
    assert not told.css("i, b, script")
    for address in [a.attributes["href"] or "" for a in told.css("a")]:
        assert address.startswith(
            ("http://localhost/campaigns/posts/", "https://news.")
        )
    page = one(spike, "link").attrib["href"].removeprefix("http://localhost")
    assert "10 May 2025, 00:00" in get(site, page).text


def test_a_feed_says_how_much_was_seen(site: Datasette) -> None:
    for path in FEEDS:
        assert "of this time was seen" in (one(read(site, path), "subtitle").text or "")
    this_hour = f"{POSTS}?from_at=2025-05-11T12:10:00Z"
    assert one(read(site, this_hour), "subtitle").text == "The newest posts."


def test_simulated_data_is_named(tmp_path: Path) -> None:
    datasette = build(fixture.make(tmp_path / "s.db", simulated=True))
    for path in FEEDS:
        title = one(read(datasette, path), "title").text or ""
        assert title.startswith("Simulated data: ")
    close(datasette)


# What is asked for, and what is known already


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (f"{POSTS}?top=x", "top: write a number, not x"),
        (f"{POSTS}?from_at=soon", "from_at: write it as 2026-05-01"),
        (f"{POSTS}?kind=post", "kind: there is no such parameter; there are: from_at,"),
        (f"{NOTABLE}?top=3", "top: there is no such parameter; there are: platform,"),
        (f"{NOTABLE}?sentiment=angry", "sentiment: write negative, neutral"),
        (f"{POSTS}?term=none&lang=xx", "term: the campaign has none written none"),
        (f"{POSTS}?campaign=harbour", "campaign: there is no such parameter"),
        (f"{ALERTS}?top=3", "top: there is no such parameter; there are: none"),
    ],
)
def test_a_wrong_parameter_is_named(site: Datasette, path: str, sentence: str) -> None:
    answer = get(site, path)
    assert answer.status_code == 400
    assert sentence in LexborHTMLParser(answer.text).text()


@pytest.mark.parametrize("slug", ["nope", "%3Cb%3E", "a%20b"])
def test_an_unknown_campaign_is_404(site: Datasette, slug: str) -> None:
    answer = get(site, f"/-/feed/{slug}/posts.atom")
    assert answer.status_code == 404
    assert "There is no campaign called" in answer.text
    assert get(site, "/-/feed/labourleaks/other.atom").status_code == 404


def test_an_odd_slug_has_a_feed(tmp_path: Path) -> None:
    path = fixture.make_empty(tmp_path / "x.db")
    db = open_database(path).conn
    db.execute("insert into campaigns (slug, title) values ('a b/ü', 'New')")
    db.close()
    datasette = build(path)
    page = LexborHTMLParser(get(datasette, "/-/campaign/a%20b%2F%C3%BC").text)
    links = page.css("link[rel=alternate]")
    assert len(links) == 3
    for link in links:
        check_feed(read(datasette, link.attributes["href"] or ""))
    close(datasette)


@pytest.mark.parametrize("path", FEEDS)
def test_what_a_reader_has_is_not_sent_again(site: Datasette, path: str) -> None:
    first = get(site, path)
    etag = first.headers["etag"]
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cache-control"] == "no-cache"
    for given_tag in (etag, f'W/{etag}, "x"', "*"):
        again = get(site, path, if_none_match=given_tag)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert get(site, path, if_none_match='"x"').status_code == 200


def test_a_reader_without_a_tag_is_told_by_the_date(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    datasette = build(path)
    at = datetime(2025, 5, 11, 12, 0, tzinfo=UTC)

    def touched(moment: datetime) -> None:
        for file in tmp_path.glob("x.db*"):
            os.utime(file, (moment.timestamp(), moment.timestamp()))

    get(datasette, POSTS)
    touched(at)
    first = get(datasette, POSTS)
    since = first.headers["last-modified"]
    assert since == format_datetime(at, usegmt=True)
    assert get(datasette, POSTS, if_modified_since=since).status_code == 304
    # A deletion moves it on, though no post is newer than before.
    touched(at + timedelta(minutes=1))
    assert get(datasette, POSTS, if_modified_since=since).status_code == 200
    # What is written stands beside the file at first.
    writer = open_database(path).conn
    writer.execute("insert into campaigns (slug, title) values ('later', 'Later')")
    os.utime(path, (at.timestamp(), at.timestamp()))
    assert get(datasette, POSTS, if_modified_since=since).status_code == 200
    writer.close()
    # The tag comes first, and what is no date says nothing.
    newer = format_datetime(at + timedelta(days=1), usegmt=True)
    both = get(datasette, POSTS, if_none_match='"x"', if_modified_since=newer)
    assert both.status_code == 200
    assert get(datasette, POSTS, if_modified_since="soon").status_code == 200
    close(datasette)


def test_a_campaign_s_page_offers_its_feeds(site: Datasette) -> None:
    page = LexborHTMLParser(get(site, "/-/campaign/labourleaks?platform=feed").text)
    offered = [
        link.attributes["href"] or "" for link in page.css("link[rel=alternate]")
    ]
    assert offered == [ALERTS, f"{NOTABLE}?platform=feed", f"{POSTS}?platform=feed"]
    shown = [
        a.attributes["href"] for a in page.css("main a[type='application/atom+xml']")
    ]
    assert shown == offered
    for path in offered:
        check_feed(read(site, path))


def test_a_title_is_cut_between_words() -> None:
    row = {"content_warning": None, "title": None, "text": "word " * 40}
    assert feeds._title(row).endswith("word …")
    assert len(feeds._title(row)) < 100


def test_alerts_of_no_single_platform_are_in_the_feed(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    database = open_database(path)
    for subject in ("one", "two"):
        database.conn.execute(
            "insert into alerts (campaign_id, rule, subject, raised_at, summary, evidence) "
            "values (1, 'hashtag', ?, '2025-05-11T10:00:00Z', ?, '{}')",
            (subject, f"#{subject} rides along"),
        )
    database.close()
    site = build(path)
    answer = get(site, "/-/feed/labourleaks/alerts.atom")
    assert answer.status_code == 200
    found = feedparser.parse(answer.content)
    titles = [entry.title for entry in found.entries]
    assert "New hashtag: #one rides along" in titles
    assert len({entry.id for entry in found.entries}) == len(found.entries)
    close(site)
