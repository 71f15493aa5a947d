"""The pages of campaigns whose zone is not UTC, and what must not change with the zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from datasette.app import Datasette
from selectolax.lexbor import LexborHTMLParser, LexborNode

from db.connection import open_database
from db.times import from_text, to_text
from groundswell.web import words
from tests import web_fixture as fixture
from tests.signing_in import Visitor, build, text_of, words_of
from tests.test_web import close, get

CAMPAIGN = "/-/campaign/labourleaks"
PAGES = [
    "/",
    CAMPAIGN,
    f"{CAMPAIGN}?range=30d",
    "/-/posts/labourleaks",
    "/-/pushing/labourleaks",
    "/-/pushing/labourleaks?range=24h",
    "/-/diary/labourleaks",
    "/-/inbox/labourleaks",
    "/-/label/labourleaks",
    "/-/compare?a_campaign=labourleaks&b_campaign=harbour",
    "/-/sources",
]
ZONES = ["UTC", "Europe/London", "Asia/Kolkata", "America/New_York"]
_SHOWN = re.compile(r"\b\d\d?:\d\d\b")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("zones")


@pytest.fixture(scope="module")
def sites(folder: Path) -> Iterator[dict[str, Datasette]]:
    found = {
        zone: build(fixture.make(folder / f"{zone.replace('/', '-')}.db", zone=zone))
        for zone in ZONES
    }
    yield found
    for datasette in found.values():
        close(datasette)


@pytest.fixture
def london(tmp_path: Path) -> Iterator[Datasette]:
    datasette = build(fixture.make(tmp_path / "x.db", zone="Europe/London"))
    yield datasette
    close(datasette)


def signed_in(datasette: Datasette) -> Visitor:
    visitor = Visitor(datasette)
    visitor.sign_in()
    return visitor


def query_of(tree: LexborHTMLParser, name: str) -> dict[str, list[str]]:
    """The parameters of the published query of that name which a panel links to."""
    links = [link.attributes["href"] or "" for link in tree.css(".origin a")]
    first = next(link for link in links if link.startswith(f"/campaigns/{name}?"))
    return parse_qs(urlsplit(first).query)


# Shown


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("path", PAGES)
def test_every_time_has_utc_under_the_pointer(
    sites: dict[str, Datasette], zone: str, path: str
) -> None:
    answer = signed_in(sites[zone]).get(path)
    assert answer.status_code == 200
    found = LexborHTMLParser(answer.text).css("time")
    assert found
    for one in found:
        at, title = one.attributes["datetime"], one.attributes["title"]
        assert to_text(from_text(str(at))) == at
        assert title == f"{words.time(at)} UTC"


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("path", PAGES[1:-2])
def test_no_time_of_a_campaign_stands_outside_or_without_its_name(
    sites: dict[str, Datasette], zone: str, path: str
) -> None:
    letters = {"Europe/London": "BST", "Asia/Kolkata": "IST", "America/New_York": "EDT"}
    tree = LexborHTMLParser(signed_in(sites[zone]).get(path).text)
    for block in tree.css("time"):
        line = words_of(_block(block).html or "")
        assert letters[zone] in line or not _SHOWN.search(block.text())
    tree.strip_tags(["time", "script", "svg"])
    main = tree.css_first("main")
    assert main
    assert not _SHOWN.search(main.text(separator=" "))


def _block(node: LexborNode) -> LexborNode:
    """A span's name may stand with its other end."""
    while node.parent and node.tag not in {"p", "li", "th", "td", "h2", "div"}:
        node = node.parent
    return node


def test_a_summer_day_in_london(sites: dict[str, Datasette]) -> None:
    site = sites["Europe/London"]
    answer = get(site, f"{CAMPAIGN}?from=2025-05-03&to=2025-05-04")
    shown = text_of(answer)
    assert (
        "Showing 3 May 2025, 00:00 BST to 5 May 2025, 00:00 BST , by the hour." in shown
    )
    assert "Hour from (BST)" in shown
    assert "by the hour, BST" in shown
    assert "Counted in whole days (UTC): 3 May 2025 to 4 May 2025." in shown
    assert "Times are those of Europe/London; each has UTC under the pointer." in shown
    tree = LexborHTMLParser(answer.text)
    asked = query_of(tree, "volume")
    assert asked["from_at"] == ["2025-05-02T23:00:00Z"]
    assert asked["to_at"] == ["2025-05-04T23:00:00Z"]
    assert query_of(tree, "top_links")["from_at"] == ["2025-05-03T00:00:00Z"]


def test_an_address_with_an_offset_is_as_written(sites: dict[str, Datasette]) -> None:
    path = f"{CAMPAIGN}?from=2025-05-03T00:00Z&to=2025-05-04T12:00%2B02:00"
    shown = text_of(get(sites["Europe/London"], path))
    assert "Showing 3 May 2025, 01:00 BST to 4 May 2025, 11:00 BST" in shown


def test_days_of_utc_are_called_so(sites: dict[str, Datasette]) -> None:
    answer = get(sites["America/New_York"], f"{CAMPAIGN}?range=30d")
    shown = text_of(answer)
    assert (
        "Showing 12 Apr 2025, 00:00 EDT to 11 May 2025, 08:30 EDT , by the day."
        in shown
    )
    assert "Days are those of UTC: 12 April 2025 to 11 May 2025." in shown
    assert "by the day, days of UTC" in shown
    assert "Day from (UTC) total bluesky feed mastodon 12 April 2025" in shown
    tree = LexborHTMLParser(answer.text)
    assert query_of(tree, "volume")["from_at"] == ["2025-04-12T00:00:00Z"]


def test_hours_of_utc_are_called_so_where_they_are_not_the_zones(
    sites: dict[str, Datasette],
) -> None:
    shown = text_of(
        get(sites["Asia/Kolkata"], f"{CAMPAIGN}?from=2025-05-10&to=2025-05-10")
    )
    # As in reports: the day has the hour in which its midnight lies.
    assert "Showing 9 May 2025, 23:30 IST to 10 May 2025, 23:30 IST" in shown
    assert "they begin 30 minutes past those of IST" in shown
    assert "minutes past" not in text_of(get(sites["Europe/London"], CAMPAIGN))


def test_each_campaign_has_its_own_zone(sites: dict[str, Datasette]) -> None:
    front = get(sites["Asia/Kolkata"], "/")
    sparks = LexborHTMLParser(front.text).css("figure.spark svg")
    first, second = (one.attributes["aria-label"] or "" for one in sparks)
    assert " IST." in first
    assert not re.search(r"\d\d:\d\d [A-Z]{3}", second)
    assert "to 11 May 2025, 12:30 UTC, against" in text_of(front)
    compared = "/-/compare?a_campaign=labourleaks&b_campaign=harbour"
    told = text_of(get(sites["America/New_York"], compared))
    assert "5 May 2025, 00:00 EDT to 11 May 2025, 08:30 EDT" in told
    assert "5 May 2025, 04:00 UTC to 11 May 2025, 12:30 UTC" in told
    for path in ("/", compared, "/-/sources"):
        shown = text_of(get(sites["Asia/Kolkata"], path))
        assert "Times are UTC unless they say otherwise" in shown
        assert "All times are UTC." in text_of(get(sites["UTC"], path))


def test_a_quiet_campaigns_page_is_of_utc(sites: dict[str, Datasette]) -> None:
    shown = text_of(get(sites["Asia/Kolkata"], "/-/campaign/harbour"))
    assert "All times are UTC." in shown
    assert "IST" not in shown


def test_sources_name_the_zone_of_each_alert(sites: dict[str, Datasette]) -> None:
    shown = text_of(get(sites["Europe/London"], "/-/sources"))
    assert re.search(r"May 2025, \d\d:\d\d BST labourleaks", shown)
    assert "11 May 2025, 12:30 UTC" in shown


# Written


def test_the_diary_takes_times_of_the_zone(london: Datasette, tmp_path: Path) -> None:
    ana, page = signed_in(london), "/-/diary/labourleaks"
    assert "When (time of Europe/London)" in text_of(ana.get(page))
    ana.post(page, action="add", at="2025-05-11T10:15", title="Statement")
    assert "11 May 2025, 10:15 BST Statement" in text_of(ana.get(page))
    twice = ana.post(page, action="add", at="2024-10-27T01:30", title="Vote")
    (told,) = parse_qs(urlsplit(twice.headers["location"]).query)["told"]
    assert told == (
        "Noted. 01:30 on 27 October 2024 is there twice in Europe/London, where clocks are "
        "set back; the first is meant, BST. The second is 2024-10-27T01:30Z."
    )
    ahead = ana.post(page, action="add", at="2025-05-12T09:00", title="Debate")
    (told,) = parse_qs(urlsplit(ahead.headers["location"]).query)["told"]
    assert told == "Noted. It is shown from 12 May 2025, 09:00 BST on."
    with closing(open_database(tmp_path / "x.db", read_only=True).conn) as db:
        stored = dict(db.execute("select title, at from events").fetchall())
    assert stored["Statement"] == "2025-05-11T09:15:00Z"
    assert stored["Vote"] == "2024-10-27T00:30:00Z"
    assert stored["Debate"] == "2025-05-12T08:00:00Z"


def test_what_clocks_leave_out_is_said_on_the_page(sites: dict[str, Datasette]) -> None:
    shown = text_of(get(sites["Europe/London"], f"{CAMPAIGN}?from=2025-03-30T01:30"))
    assert "from: 01:30 on 30 March 2025 is not there in Europe/London" in shown


# Machines


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/volume.json?campaign=labourleaks&from_at=2025-05-03&to_at=2025-05-05",
        "/campaigns/posts.json?_shape=array&_size=20",
        "/campaigns/alerts.json?campaign=labourleaks&from_at=2025-05-01&to_at=2025-05-12",
        "/-/feed/labourleaks/alerts.atom",
        "/-/feed/labourleaks/posts.atom",
    ],
)
def test_what_machines_read_is_the_same(sites: dict[str, Datasette], path: str) -> None:
    answers = {zone: get(site, path) for zone, site in sites.items()}
    assert {answer.status_code for answer in answers.values()} == {200}
    told = {re.sub(r'"query_ms": [\d.e-]+', "", a.text) for a in answers.values()}
    assert len(told) == 1


def test_the_overview_says_the_zone_and_is_else_the_same(
    sites: dict[str, Datasette],
) -> None:
    path = f"/campaigns/overview.json?to_at={to_text(fixture.NOW)}&_shape=array"
    found = [get(sites[zone], path).json()[0] for zone in ZONES]
    assert [row.pop("timezone") for row in found] == ZONES
    assert all(row == found[0] for row in found)


def test_a_feeds_page_is_of_the_feeds_time(sites: dict[str, Datasette]) -> None:
    """Dates in a feed's address are UTC's, and the page reads those of its zone."""
    path = "/-/feed/labourleaks/posts.atom?from_at=2025-05-03&to_at=2025-05-04"
    feed = get(sites["Asia/Kolkata"], path).text
    assert "from=2025-05-03T00%3A00%3A00Z&amp;to=2025-05-05T00%3A00%3A00Z" in feed
    assert "from=2025-05-03&amp;to=2025-05-04" in get(sites["UTC"], path).text


def test_a_new_visit_counts_from_the_moment(london: Datasette) -> None:
    reader = Visitor(london)
    london.groundswell_clock = lambda: fixture.NOW - timedelta(hours=20)
    reader.get(CAMPAIGN)
    london.groundswell_clock = lambda: fixture.NOW
    answer = reader.get(CAMPAIGN)
    assert "Since your last visit (10 May 2025, 17:30 BST):" in text_of(answer)
    assert "?from=2025-05-10T16%3A30%3A00Z" in answer.text
