"""The filters of a campaign's page: every panel heeds them, and says of which posts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from datasette.app import Datasette
from openpyxl import load_workbook
from selectolax.lexbor import LexborHTMLParser

from db.connection import open_database
from groundswell.web import charts, data, filters, passing, ranges
from groundswell.web.data import Result
from groundswell.web.zones import UTC
from tests import web_fixture as fixture
from tests.test_web import build, close, get, page, text

CAMPAIGN = "/-/campaign/labourleaks"
PANELS = {
    "h-totals", "h-volume", "h-sentiment", "h-terms", "h-tags", "h-links", "h-voices",
    "h-languages", "h-new", "h-shared",
}  # fmt: skip
TERM = "labourleadership"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    """Every fifth post has the second term too."""
    path = fixture.make(tmp_path_factory.mktemp("filters") / "c.db")
    conn = open_database(path).conn
    conn.execute(
        "insert into matches select campaign_id, post_id, 2, published_at, 0 "
        "from matches where campaign_id = 1 and post_id % 5 = 0"
    )
    fixture.recount(conn)
    conn.commit()
    conn.close()
    datasette = build(path)
    yield datasette
    close(datasette)


def panels(site: Datasette, query: str) -> dict[str, str]:
    """What each panel says, without its links' addresses."""
    tree = page(site, f"{CAMPAIGN}?{query}")
    return {
        str(one.attributes["aria-labelledby"]): " ".join(
            one.text(separator=" ").split()
        )
        for one in tree.css("section.panel")
    }


@pytest.mark.parametrize(
    "query",
    [
        "lang=de",
        "sentiment=positive",
        f"term={TERM}",
        "q=reporting",
        "platform=mastodon&lang=en&q=document",
    ],
)
def test_every_panel_heeds_each_filter(site: Datasette, query: str) -> None:
    whole, own = panels(site, ""), panels(site, query)
    assert {name for name in PANELS if own[name] != whole[name]} == PANELS
    assert all("None of this time passes" not in own[name] for name in PANELS)
    assert own["h-events"] == whole["h-events"]
    assert "Alerts are about all posts, whatever the filters." in own["h-alerts"]
    story = "That is of now and of all posts, on all platforms"
    assert story in own["h-story"]


def test_the_figures_are_those_of_the_posts(site: Datasette) -> None:
    asked = "campaign=labourleaks&from_at=2025-05-04T13:00:00Z&_shape=array"
    given = f"lang=en&sentiment=positive&term={TERM}"
    posts = get(site, f"/campaigns/read_posts.json?{asked}&{given}&top=1000").json()
    assert len(posts) > 5
    own = panels(site, given)
    assert own["h-totals"].startswith(
        f"How much was said, and by how many {len(posts)} posts"
    )
    assert f"Of all {len(posts)} posts that pass." in own["h-tags"]
    assert f"#labourleaks searched for {len(posts)}" in own["h-tags"]
    assert f"en {len(posts)} 0" in own["h-languages"]
    assert f"#LabourLeadership {len(posts)} 100 %" in own["h-terms"]
    assert f"positive {len(posts)} 100 %" in own["h-sentiment"]
    assert "Labels are of all posts, so the shares" in own["h-sentiment"]
    path = f"/campaigns/read_posts.json?{asked}&{given}&top=1000&q=wonderful"
    said = len(get(site, path).json())
    assert 5 < said < len(posts)
    assert (
        f"#labourleaks searched for {said}"
        in (panels(site, f"{given}&q=wonderful")["h-tags"])
    )


def test_nobody_who_asked_not_to_be_indexed_is_a_voice(site: Datasette) -> None:
    own = panels(site, "q=document&range=all")["h-voices"]
    assert "Person" in own
    assert "Person 4" not in own
    whole = panels(site, "range=all")["h-voices"]
    assert "Person 4" not in whole


def links(site: Datasette, query: str) -> set[str]:
    # The headline is of the last day, whatever time and posts the page shows.
    tree = page(site, f"{CAMPAIGN}?{query}")
    shown = tree.css(
        "section:not([aria-labelledby=h-story]) a, form.controls a, .page-head a, .sub a"
    )
    return {one.attributes["href"] or "" for one in shown}


GIVEN = {"lang": "en", "sentiment": "negative", "term": "labourleaks", "q": "a party"}


@pytest.mark.parametrize("words", [True, False])
def test_the_filters_go_with_every_link_that_can_take_them(
    site: Datasette, *, words: bool
) -> None:
    given = {name: one for name, one in GIVEN.items() if words or name != "q"}
    found = links(site, "&".join(f"{n}={quote(v)}" for n, v in given.items()))
    over = "filtered_volume" if words else "volume"
    wanted = [
        f"/campaigns/{over}?",
        "/campaigns/newest_posts?",
        "/campaigns/most_shared?",
    ]
    wanted += [f"/campaigns/{over}.csv?", f"/-/xlsx/{over}?"]
    wanted += ["/-/posts/labourleaks?", "/-/download/labourleaks?", "?range=30d"]
    wanted += [f"/-/feed/labourleaks/{one}.atom?" for one in ("notable", "posts")]
    for part in wanted:
        link = next(one for one in found if part in one)
        asked = {name: one for name, (one,) in parse_qs(urlsplit(link).query).items()}
        assert {**asked, **given} == asked, part
    facets = {
        parse_qs(urlsplit(one).query)["facet"][0]
        for one in found
        if "filtered_top?" in one
    }
    assert {"total", "hashtag", "link", "voice", "term"} <= facets
    assert ("language" in facets) is words


def test_every_link_of_a_narrowed_page_answers(site: Datasette) -> None:
    for link in sorted(links(site, "lang=en&q=party")):
        if link.startswith(("/campaigns/", "/-/")):
            assert get(site, link).status_code == 200, link


def test_a_facet_is_a_workbook_and_a_csv(site: Datasette) -> None:
    given = "campaign=labourleaks&from_at=2025-05-04&q=party&facet=voice"
    rows = get(site, f"/campaigns/filtered_top.json?{given}&_shape=array").json()
    lines = get(site, f"/campaigns/filtered_top.csv?{given}").text.splitlines()
    assert len(lines) == len(rows) + 1 > 3
    body = get(site, f"/-/xlsx/filtered_top?{given}").content
    sheet = load_workbook(io.BytesIO(body))["rows"]
    assert sheet.max_row == len(rows) + 1


def test_chips_say_what_is_set_and_take_it_off(site: Datasette) -> None:
    query = (
        f"platform=feed&lang=und&sentiment=unscored&term={TERM}&q=%3Cb%3E%20x&range=30d"
    )
    tree = page(site, f"{CAMPAIGN}?{query}")
    chips = tree.css(".chips a")
    said = [" ".join(one.text().split()) for one in chips]
    assert said == [
        "Remove the filter platform feed ×",
        "Remove the filter language not known ×",
        "Remove the filter not scored ×",
        "Remove the filter term #LabourLeadership ×",
        "Remove the filter words <b> x ×",
        "Remove all",
    ]
    names = ["platform", "lang", "sentiment", "term", "q"]
    for one, name in zip(chips, names, strict=False):
        left = parse_qs((one.attributes["href"] or "").removeprefix("?"))
        assert set(left) == {"range", *names} - {name}
    assert chips[-1].attributes["href"] == "?range=30d"
    assert tree.css_first("input[name=q]").attributes["value"] == "<b> x"
    assert tree.css_first("select[name=term] option[selected]").text() == (
        "#LabourLeadership"
    )
    assert not page(site, CAMPAIGN).css(".chips")


def test_where_no_post_passes_the_page_says_so(site: Datasette) -> None:
    tree = page(site, f"{CAMPAIGN}?q=nothing+of+that&lang=en")
    told = tree.css_first(".none-pass")
    assert "No post of this time passes all these filters." in told.text()
    assert [one.attributes["href"] for one in told.css("a")] == [
        "?range=7d", "?range=all&lang=en&q=nothing+of+that",
    ]  # fmt: skip
    assert text(tree).count("None of this time passes.") == 7
    assert not page(site, f"{CAMPAIGN}?lang=en").css(".none-pass")
    rare = page(site, f"{CAMPAIGN}?lang=%3Cb%3E")
    assert rare.css_first("select[name=lang] option[selected]").text() == "<b>"
    assert "passes this filter" in rare.css_first(".none-pass").text()


def test_a_term_that_there_is_not_is_a_note(site: Datasette) -> None:
    tree = page(site, f"{CAMPAIGN}?term=%3Cb%3E")
    told = " ".join(one.text() for one in tree.css(".notice.error"))
    assert "term: “<b>” is not one of labourleaks and labourleadership." in told
    assert not tree.css(".chips")


HOSTILE = [
    '"', "a\0b", "\u202eyz", "</script><b>", "from:person1", "OR AND NOT", "x" * 5000,
    "{{ 7 * 7 }}", "'; drop table posts; --", "*:^()[]",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=lambda one: repr(one[:10]))
def test_hostile_words_break_no_page(site: Datasette, words: str) -> None:
    tree = page(site, f"{CAMPAIGN}?q={quote(words)}")
    assert {one.attributes["aria-labelledby"] for one in tree.css("section")} >= PANELS
    shown = tree.css_first(".chips bdi").text()
    assert shown
    assert len(shown) <= 60
    feed = get(site, f"/-/feed/labourleaks/posts.atom?q={quote(words)}")
    assert feed.status_code == 200


def test_the_page_of_posts_goes_back_with_the_filters(site: Datasette) -> None:
    tree = page(site, "/-/posts/labourleaks?lang=en&q=party&kind=post&range=30d")
    back = {one.attributes["href"] for one in tree.css(f"a[href^='{CAMPAIGN}']")}
    assert back == {f"{CAMPAIGN}?range=30d&lang=en&q=party"}


def test_a_feed_of_posts_is_narrowed_and_says_so(site: Datasette) -> None:
    feed = get(site, "/-/feed/labourleaks/notable.atom?lang=en&q=party").text
    assert "#LabourLeaks: most shared posts (en, party)" in feed
    assert "This is a dreadful way to run a party" in feed
    assert "Wonderful reporting" not in feed
    assert f"{CAMPAIGN}?lang=en&amp;q=party" in feed


# Where not all was looked at


def told(posts: int | None, covered: float = 1.0, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A row of filtered_volume."""
    kinds = (
        "negative",
        "neutral",
        "positive",
        "unscored",
        "scored",
        "without_evidence",
    )
    return {
        "bucket": "2025-05-11T10:00:00Z", "platform": "feed", "posts": posts,
        **dict.fromkeys(kinds, posts), "polarity": None, "covered": covered,
        "sources": 1, "sources_blind": 0, "looked_to": "2025-05-11T10:30:00Z", **more,
    }  # fmt: skip


def answer(name: str, *rows: dict[str, Any]) -> Result:
    return Result(name, name, rows, f"/campaigns/{name}?a=b", f"/{name}.json?a=b")


def total(posts: int, looked_to: str | None) -> dict[str, Any]:
    return {
        "facet": "total", "posts": posts, "looked_to": looked_to, "messages": 1,
        "voices": 1, "unattributed": 0, "unscored": 0,
    }  # fmt: skip


NEWEST = (
    "Of the newest 15,000 posts that pass, back to 3 May 2025, 14:00; older ones were not "
    "looked at."
)


@pytest.mark.parametrize(
    ("posts", "looked_to", "sentence"),
    [
        (0, None, "All of this time was looked through."),
        (1, None, "Of the one post that passes."),
        (1200, None, "Of all 1,200 posts that pass."),
        (15_000, "2025-05-03T14:00:00Z", NEWEST),
    ],
)
def test_it_is_said_of_which_posts_a_panel_is(
    site: Datasette, posts: int, looked_to: str | None, sentence: str
) -> None:
    passed = passing.passed({"top": answer("filtered_top", total(posts, looked_to))})
    page(site, CAMPAIGN)  # the first page gives the templates their filters
    macros = '{% import "gs_macros.html" as m with context %}'
    template = site.jinja_env.from_string(macros + "{{ m.of_passing(passed) }}")
    told = LexborHTMLParser(template.render(passed=passed, zone=UTC)).text()
    assert told == sentence


def test_what_took_too_long_is_not_called_none(
    site: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = data.fetch

    async def slow(datasette: Datasette, asked: data.Ask) -> Result:
        found = await fetch(datasette, asked)
        heeding = ("filtered_top", "filtered_volume", "newest_posts", "most_shared")
        return (
            replace(found, rows=(), error=data.SLOW) if asked.name in heeding else found
        )

    monkeypatch.setattr(data, "fetch", slow)
    tree = page(site, f"{CAMPAIGN}?lang=en&q=party")
    told = text(tree)
    assert "This took too long to count" in told
    assert "None of this time passes" not in told
    assert "looked through" not in told
    assert not tree.css(".none-pass")


def test_posts_are_all_that_roll_ups_count_though_fewer_were_looked_at() -> None:
    looked = "2025-05-11T10:30:00Z"
    found = {
        "top": answer("filtered_top", total(15_000, looked)),
        "volume": answer("volume", told(90_000), told(None), told(4)),
    }
    made = passing.results(found, [])
    assert made["totals"].rows[0]["posts"] == 90_004
    assert made["totals"].url == "/campaigns/filtered_top?a=b&facet=total"
    words = {
        "top": found["top"],
        "over": answer("filtered_volume", told(9), told(None)),
    }
    made = passing.results(words, [])
    assert made["totals"].rows[0]["posts"] == 15_000
    assert passing.over_to(words) == looked
    assert passing.over_to(found) is None


def test_platforms_are_added_up_and_what_is_unknown_stays_so() -> None:
    later = "2025-05-11T11:00:00Z"
    over = answer(
        "filtered_volume",
        told(None),
        told(None, 0.0, platform="bluesky"),
        told(4, 0.5, bucket=later, polarity=0.5),
        told(None, 0.0, bucket=later, platform="bluesky"),
        told(2, bucket=later, platform="x", polarity=-0.25, without_evidence=None),
    )
    top = answer("filtered_top", total(6, None))
    moods = passing.results({"top": top, "over": over}, [])["sentiment"].rows
    assert [row["positive"] for row in moods] == [None, 6]
    assert [row["scored"] for row in moods] == [None, 6]
    assert [row["covered"] for row in moods] == [1.0, 1.0]
    assert [row["polarity"] for row in moods] == [None, 0.25]
    assert moods[1]["without_evidence"] is None


def test_time_that_was_not_looked_at_is_hatched_and_no_nought() -> None:
    rows = [told(None), told(3, bucket="2025-05-11T11:00:00Z")]
    bounds = {"from_at": "2025-05-11T10:00:00Z", "to_at": "2025-05-11T12:00:00Z"}
    (series,) = charts.by_platform(rows, bucket="hour", **bounds)
    assert series.seen_h == 2.0
    lines = charts.volume_spec(series, top=3)["data"]["lines"]
    assert [line[1:] for line in lines] == [(None, 0, 0.0), (3, 3, 1.0)]
    moods = charts.sentiment_spec(rows, bucket="hour")["data"]["lines"]
    assert moods[0][1] == "blind"
    table = filters.lines([(rows[0]["bucket"], [rows[0], told(None, 0.0)])], "hour")
    assert table.endswith(
        '<td class="num"><i>not looked at</i></td>'
        '<td class="num"><i>not seen</i></td></tr>'
    )
    assert "not looked at" in filters.moods(rows[:1], "hour")


def test_no_filter_is_by_person() -> None:
    args = dict.fromkeys(("author", "voice", "handle", "from_handle"), "person1")
    view = ranges.read(args, now=fixture.NOW, platforms=[], narrows=True)
    assert not view.chips
    assert view.query() == "range=7d"
