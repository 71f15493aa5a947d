"""A site's Atom feeds, read as a feed reader reads them."""

from __future__ import annotations

import asyncio
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from datasette.app import Datasette

from groundswell.web import server
from tests import web_fixture as fixture
from tests.test_web import close

ATOM = "{http://www.w3.org/2005/Atom}"
ALERTS = "/-/feed/labourleaks/alerts.atom"
NOTABLE = "/-/feed/labourleaks/notable.atom"
POSTS = "/-/feed/labourleaks/posts.atom"
FEEDS = [ALERTS, NOTABLE, POSTS, f"{POSTS}?from_at=2025-05-03&platform=mastodon&top=50"]
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def build(path: Path, **settings: object) -> Datasette:
    datasette = server.build(path, clock=lambda: fixture.NOW)
    datasette._settings.update(settings)
    return datasette


def get(datasette: Datasette, path: str, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: httpx.Response = asyncio.run(datasette.client.get(path, headers=sent))
    return answer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    datasette = build(fixture.make(tmp_path_factory.mktemp("feeds") / "x.db"))
    yield datasette
    close(datasette)


def read(datasette: Datasette, path: str) -> ET.Element:
    answer = get(datasette, path)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.content)  # noqa: S314 - our own


# RFC 4287


def one(parent: ET.Element, tag: str) -> ET.Element:
    """Its only child of that name."""
    (found,) = parent.findall(ATOM + tag)
    return found


def check_person(person: ET.Element) -> None:
    assert (one(person, "name").text or "").strip()
    for uri in person.findall(f"{ATOM}uri"):
        check_iri(uri.text or "")


def check_iri(text: str) -> None:
    assert urlsplit(text).scheme in {"http", "https", "urn"}, text
    assert not re.search(r'[\x00-\x20"<>\\^`{|}]', text), text


def check_common(node: ET.Element) -> None:
    """What an entry and a feed both must have (4.1.1, 4.1.2)."""
    check_iri(one(node, "id").text or "")
    title = one(node, "title")
    assert title.get("type", "text") == "text"
    assert (title.text or "").strip()
    for tag in ("updated", "published"):
        for date in node.findall(ATOM + tag):
            assert RFC3339.fullmatch(date.text or ""), date.text
    one(node, "updated")
    for author in node.findall(f"{ATOM}author"):
        check_person(author)
    for link in node.findall(f"{ATOM}link"):
        check_iri(link.attrib["href"])
    kinds = [
        (link.get("type"), link.get("hreflang"))
        for link in node.findall(f"{ATOM}link")
        if link.get("rel") == "alternate"
    ]
    assert len(set(kinds)) == len(kinds) == 1


def check_feed(feed: ET.Element) -> None:
    """The musts of RFC 4287 for what we write."""
    assert feed.tag == f"{ATOM}feed"
    known = {
        "author", "entry", "generator", "id", "link", "subtitle", "title", "updated",
    }  # fmt: skip
    assert {node.tag.removeprefix(ATOM) for node in feed} <= known
    check_common(feed)
    assert feed.findall(f"{ATOM}author")
    (own,) = [k for k in feed.findall(f"{ATOM}link") if k.get("rel") == "self"]
    assert own.get("type") == "application/atom+xml"
    pairs = set()
    for entry in feed.findall(f"{ATOM}entry"):
        check_common(entry)
        content = one(entry, "content")
        assert content.get("type") == "html"
        assert not list(content)
        assert one(entry, "category").attrib["term"]
        pairs.add((one(entry, "id").text, one(entry, "updated").text))
    assert len(pairs) == len(feed.findall(f"{ATOM}entry"))
