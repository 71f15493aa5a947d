"""The page of downloads, before anybody presses: which posts, how large, what is not."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser

from groundswell.web import exports
from tests import signing_in
from tests import web_fixture as fixture
from tests.test_web import build, close, get, page

PAGE = "/-/download/labourleaks"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    datasette = build(fixture.make(tmp_path_factory.mktemp("page") / "x.db"))
    yield datasette
    close(datasette)


def asked(tree: LexborHTMLParser) -> dict[str, list[str]]:
    """What the link to the pack asks for."""
    (link,) = tree.css("a[data-download='Evidence pack']")
    return parse_qs(urlsplit(link.attributes["href"] or "").query)


def test_every_filter_of_a_list_goes_into_the_pack(site: Datasette) -> None:
    query = (
        "?from=2025-05-04&to=2025-05-10&platform=mastodon&lang=en&sentiment=negative"
        "&term=labourleaks&kind=post&q=dreadful"
    )
    (link,) = [
        a.attributes["href"] or ""
        for a in page(site, f"/-/posts/labourleaks{query}").css("main a.button")
        if "/-/download/" in (a.attributes["href"] or "")
    ]
    tree = page(site, link)
    assert asked(tree) == {
        "from_at": ["2025-05-04T00:00:00Z"], "to_at": ["2025-05-11T00:00:00Z"],
        "platform": ["mastodon"], "lang": ["en"], "sentiment": ["negative"],
        "term": ["labourleaks"], "kind": ["post"], "text": ["dreadful"],
        "format": ["evidence"],
    }  # fmt: skip
    told = {
        (one.css_first("dt").text(), one.css_first("dd").text())  # type: ignore[union-attr]
        for one in tree.css("[aria-labelledby=h-which] dl.facts > div")
    }
    assert told == {
        ("Published", "4 May 2025, 00:00 UTC to 11 May 2025, 00:00 UTC"),
        ("Platform", "mastodon"), ("Language", "en"), ("Sentiment", "negative"),
        ("Term", "labourleaks"), ("Kind", "post"), ("Words", "dreadful"),
    }  # fmt: skip


def test_the_campaigns_page_leads_here(site: Datasette) -> None:
    tree = page(site, "/-/campaign/labourleaks?range=24h&platform=bluesky")
    links = [a.attributes["href"] or "" for a in tree.css("a.button")]
    (link,) = [one for one in links if one.startswith(f"{PAGE}?")]
    assert asked(page(site, link))["platform"] == ["bluesky"]


def test_a_number_comes_with_what_was_seen_and_where_it_is_from(
    site: Datasette,
) -> None:
    tree = page(site, PAGE)
    panel = tree.css_first("[aria-labelledby=h-which]")
    assert panel is not None
    text = " ".join(panel.text().split())
    (number,) = [int(one.text().split()[0].replace(",", "")) for one in panel.css("b")]
    (json,) = [a.attributes["href"] for a in panel.css("a") if a.text() == "JSON"]
    assert get(site, json or "").json()[0]["posts"] == number
    assert f"About {number:,} posts. " in text
    assert "of this time was seen" in text


def test_what_is_too_large_is_for_the_command_line(
    site: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST", {**exports.MOST, "evidence": 3})
    monkeypatch.setattr("groundswell.web.download_page.MOST", exports.MOST)
    tree = page(site, f"{PAGE}?range=all")
    assert tree.css("a[data-download='Evidence pack']") == []
    assert len(tree.css("a[data-download]")) == 4
    told = tree.css_first("[aria-labelledby=h-pack]")
    assert told is not None
    assert "More than 3 posts" in told.text()
    assert "groundswell export --campaign labourleaks --from 2025-05-01" in told.text()


@pytest.mark.parametrize(
    "query",
    [
        "?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "?lang=%22%3E%3Cimg%20src%3Dx%3E",
        "?q=%22%22",
        "?q=%E2%80%AE",
        "?term=nothing&kind=%3Cb%3E&sentiment=angry",
        "?range=forever&platform=geocities&from=May",
    ],
)
def test_a_hostile_address_is_a_page(site: Datasette, query: str) -> None:
    answer = get(site, f"{PAGE}{query}")
    assert answer.status_code == 200
    tree = LexborHTMLParser(answer.text)
    assert [one.attributes.get("src") for one in tree.css("script")] == [
        "/-/static-plugins/groundswell/download.js"
    ]
    assert tree.css("main img, main b img") == []
    assert "<script>alert" not in answer.text


def test_words_that_cannot_be_sought_are_named(site: Datasette) -> None:
    tree = page(site, f"{PAGE}?q=%22%22")
    told = " ".join(one.text() for one in tree.css(".notice"))
    assert "words: '\"\"' has no word to look for." in told


# --- one post


@pytest.mark.parametrize("where", ["/-/posts/labourleaks", "/-/inbox/labourleaks"])
def test_each_post_has_its_own_evidence(site: Datasette, where: str) -> None:
    staff = signing_in.Visitor(
        signing_in.build(site.get_database("campaigns").path)  # type: ignore[arg-type]
    )
    staff.sign_in()
    tree = LexborHTMLParser(staff.get(where).text)
    links = [
        a.attributes["href"] or "" for a in tree.css("[data-item] footer a")
        if "?post=" in (a.attributes["href"] or "")
    ]  # fmt: skip
    assert len(links) == len(tree.css("[data-item]")) > 0
    of_one = page(site, links[0])
    post = parse_qs(urlsplit(links[0]).query)["post"]
    assert asked(of_one) == {"post": post, "format": ["evidence"]}
    assert "with its earlier versions" in of_one.text()
    close(staff.datasette)


def test_a_post_that_is_gone_has_none(site: Datasette) -> None:
    found = get(site, "/campaigns/posts.json?state=deleted&_shape=array").json()
    gone = str(found[0]["id"])
    answer = get(site, f"/-/export/labourleaks?format=evidence&post={gone}")
    assert answer.status_code == 400
    assert answer.text.startswith(f"post: '{gone}' is no post of this campaign")
    for post in (gone, "999999", "x", "-1", "1e3"):
        answer = get(site, f"{PAGE}?post={post}")
        assert answer.status_code == 404
        assert "There is no such post; it may have been taken back." in answer.text


def test_closed_reading_closes_downloads_too(site: Datasette) -> None:
    path = site.get_database("campaigns").path
    closed = signing_in.build(path, closed=True)  # type: ignore[arg-type]
    watch = "0" * 32
    for address in (PAGE, "/-/export/labourleaks", f"/-/downloading/{watch}"):
        assert get(closed, address).status_code in (302, 403), address
    viewer = signing_in.Visitor(closed)
    viewer.sign_in("vic")
    assert viewer.get(PAGE).status_code == 200
    got = viewer.get("/-/export/labourleaks?format=evidence&from_at=2025-05-11")
    assert got.content.startswith(b"PK")
    close(closed)
