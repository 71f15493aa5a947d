"""Names in Atom feeds that stay, and hostile text that stays text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlsplit

from datasette.app import Datasette
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape
from selectolax.lexbor import LexborHTMLParser

from db.connection import open_database
from groundswell.web import atom
from tests import web_fixture as fixture
from tests.atom_site import (
    ATOM,
    FEEDS,
    POSTS,
    build,
    check_iri,
    get,
    one,
    read,
    site,
)
from tests.test_web import close

__all__ = ["site"]  # fixtures


# Names that stay, and hostile text


def test_a_name_is_the_same_on_every_server(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    names = []
    for settings in ({}, {"base_url": "/monitor/", "force_https_urls": True}):
        datasette = build(path, **settings)
        prefix = "/monitor" if settings else ""
        for feed in (read(datasette, each) for each in FEEDS):
            found = [one(entry, "id").text for entry in feed.findall(f"{ATOM}entry")]
            names.append([one(feed, "id").text, *found])
            own = one(feed, "link[@rel='self']").attrib["href"]
            scheme = "https" if settings else "http"
            assert own.startswith(f"{scheme}://localhost{prefix}/-/feed/labourleaks/")
        close(datasette)
    half = len(names) // 2
    assert names[:half] == names[half:]
    assert len({name[0] for name in names}) == half


def test_hostile_text_stays_text(site: Datasette) -> None:
    answer = get(site, f"{POSTS}?top=20")
    feed = read(site, f"{POSTS}?top=20")
    for entry in feed.findall(f"{ATOM}entry"):
        assert not re.search("[\u202a-\u202e]", one(entry, "title").text or "")
        tree = LexborHTMLParser(one(entry, "content").text or "")
        assert not tree.css("script, img, svg, i, b, [onload], [onerror]")
        assert tree.css("p[dir=auto] > bdi")
        for link in tree.css("a"):
            address = link.attributes["href"] or ""
            assert urlsplit(address).scheme in {"http", "https"}
    titles = [one(entry, "title").text or "" for entry in feed.findall(f"{ATOM}entry")]
    assert "<script>window.hacked = 1</script> #LabourLeaks" in titles
    assert "right to left: gnp.exe done #LabourLeaks" in titles
    assert "javascript:window" not in answer.text
    assert len(answer.content) < 100_000


def test_text_that_runs_to_the_left_is_kept_apart() -> None:
    assert atom.plain("هذا منشور") == "\u2068هذا منشور\u2069"
    assert atom.plain("a \u2067b\u0007\nc") == "a b c"


def test_a_content_warning_comes_first(site: Datasette) -> None:
    feed = read(site, f"{POSTS}?top=1000")
    warned = [
        entry
        for entry in feed.findall(f"{ATOM}entry")
        if (one(entry, "title").text or "").startswith("Content warning: politics <b>")
    ]
    assert warned
    for entry in warned:
        tree = LexborHTMLParser(one(entry, "content").text or "")
        assert tree.css_first("details > summary").text() == (
            "Content warning: politics <b>"
        )


def test_a_deleted_post_vanishes(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    datasette = build(path)
    first = one(read(datasette, POSTS), "entry[1]")
    before = get(datasette, POSTS).headers["etag"]
    db = open_database(path).conn
    db.execute(
        "update posts set state = 'deleted', text = '' where url = ?",
        (one(first, "link[@rel='alternate']").attrib["href"],),
    )
    db.close()
    answer = get(datasette, POSTS, if_none_match=before)
    assert answer.status_code == 200
    assert (one(first, "id").text or "") not in answer.text
    close(datasette)


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(TEXT, TEXT)
def test_any_text_makes_a_feed_that_can_be_read(title: str, url: str) -> None:
    entry = atom.Entry(
        id=atom.name_of("post", url),
        title=title,
        updated="2025-05-11T00:00:00Z",
        published="2025-05-11T00:00:00Z",
        author=title,
        author_url=f"https://a.example/{url}",
        link=f"https://a.example/{url}",
        related=None,
        category=title or "x",
        html=Markup("<p>{}</p>").format(escape(title)),
    )
    body = atom.render(
        atom.Feed(
            id=atom.name_of("feed", "x"),
            title="T",
            subtitle=title,
            updated="2025-05-11T00:00:00Z",
            own="https://a.example/feed",
            page="https://a.example/",
            version="1",
            entries=[entry],
        )
    )
    found = one(ET.fromstring(body), "entry")  # noqa: S314 - our own
    check_iri(one(found, "link").attrib["href"])
    told = one(found, "title").text or ""
    assert not re.search("[\u202a-\u202e\u2066\u2067\r\n]", told)
    assert told.count("\u2068") == told.count("\u2069") <= 1


@given(TEXT)
def test_a_plain_text_keeps_its_letters(text: str) -> None:
    def letters(told: str) -> str:
        return "".join(c for c in told if c.isalnum())

    assert letters(atom.plain(text)) == letters(text)
