"""What the campaign's page shows beside its counts: marks, languages, filters, pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from hypothesis import example, given
from hypothesis import strategies as st

from db.connection import open_database
from db.published import ask
from db.times import to_text
from groundswell.web import charts, markers, ranges, tallies
from tests import web_fixture as fixture
from tests.test_web import build, close, get, page

CAMPAIGN = "/-/campaign/labourleaks"
WEEK = {"from_at": "2025-05-04T13:00:00Z", "to_at": to_text(fixture.NOW)}
REMOVED_AT, ADDED_AT = "2025-05-08T09:00:00Z", "2025-05-09T10:20:00Z"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    path = fixture.make(tmp_path_factory.mktemp("campaign") / "c.db")
    connection = open_database(path).conn
    connection.execute("update terms set removed_at = ? where id = 2", (REMOVED_AT,))
    connection.execute(
        "insert into terms (campaign_id, kind, value, display, added_at) "
        "values (1, 'phrase', 'a <b>', 'A <b>', ?)",
        (ADDED_AT,),
    )
    connection.commit()
    connection.close()
    datasette = build(path)
    yield datasette
    close(datasette)


def panel(datasette: Datasette, name: str, query: str = "") -> Any:  # noqa: ANN401
    tree = page(datasette, f"{CAMPAIGN}{query}")
    found = tree.css_first(f"section[aria-labelledby={name}]")
    assert found is not None
    return found


def words(node: Any) -> str:  # noqa: ANN401
    return " ".join(node.text(separator=" ").split())


def test_the_quieter_platforms_are_folded_together(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "many.db")
    connection = open_database(path).conn
    connection.execute(
        "update or ignore hourly set platform = 'venue' || (substr(hour, 12, 2) % 8) "
        "where campaign_id = 1"
    )
    connection.executemany(
        "insert into sources (slug, platform, base_url, state) "
        "values (?1, ?1, 'https://venue.example', 'ok')",
        [(f"venue{n}",) for n in range(8)],
    )
    connection.execute(
        "insert into coverage (source_id, term_id, from_at, to_at, state) "
        "select s.id, c.term_id, c.from_at, c.to_at, c.state from coverage c, sources s "
        "where c.source_id = 1 and s.platform glob 'venue*'"
    )
    connection.commit()
    connection.close()
    many = build(path)
    found = panel(many, "h-volume", "?range=24h")
    close(many)
    (fold,) = found.css("details[data-narrow-folds]")
    outside = [one for one in found.css("figure.chart") if one.parent != fold]
    assert len(outside) == 6
    charts_inside = len(fold.css("figure.chart"))
    assert charts_inside >= 2
    assert fold.css_first("summary").text() == f"{charts_inside} quieter platforms"


# Marks


def term(name: str, added_at: str, removed_at: str | None = None) -> dict[str, Any]:
    return {"kind": "phrase", "display": name, "added_at": added_at,
            "removed_at": removed_at}  # fmt: skip


def event(title: str, at: str) -> dict[str, Any]:
    return {"title": title, "at": at}


def test_what_happened_to_terms_and_in_the_diary_is_in_order() -> None:
    terms = [
        term("one", "2025-05-05T00:00:00Z", "2025-05-07T00:00:00Z"),
        term("two", "2025-05-05T00:00:00Z"),
        {**term("Three", "2025-05-06T00:00:00Z"), "kind": "hashtag"},
    ]
    found = markers.moments(terms, [event("Press release", "2025-05-05T12:00:00Z")])
    assert [(one.at[:10], one.what, one.names) for one in found] == [
        ("2025-05-05", "term added", ("one", "two")),
        ("2025-05-05", "diary", ("Press release",)),
        ("2025-05-06", "term added", ("#Three",)),
        ("2025-05-07", "term removed", ("one",)),
    ]


def test_lines_that_lie_close_share_a_letter() -> None:
    events = [event(str(n), f"2025-05-05T{n:02}:00:00Z") for n in (0, 1, 2, 12)]
    found = markers.lettered(
        markers.moments([], events),
        from_at="2025-05-05T00:00:00Z",
        to_at="2025-05-07T00:00:00Z",
    )
    assert [(one.letter, len(one.moments)) for one in found] == [
        ("A", 2),
        ("B", 1),
        ("C", 1),
    ]
    lines = markers.lines(found)
    assert [one.get("letter") for one in lines] == ["A", None, "B", "C"]
    start = datetime(2025, 5, 5, tzinfo=UTC).timestamp() * 1000
    assert [one["at"] - start for one in lines] == [0, 36e5, 72e5, 432e5]


@given(st.lists(st.integers(-1000, 700_000), max_size=80))
@example(list(range(0, 600_000, 6000)))
def test_letters_never_run_out_and_no_moment_is_lost(seconds: list[int]) -> None:
    begin = datetime(2025, 5, 4, tzinfo=UTC)
    end = begin + timedelta(days=7)
    events = [event("x", to_text(begin + timedelta(seconds=n))) for n in seconds]
    found = markers.moments([], events)
    bounds = (to_text(begin), to_text(end))
    marks = markers.lettered(found, from_at=bounds[0], to_at=bounds[1])
    shown = [one for mark in marks for one in mark.moments]
    inside = [one for one in found if bounds[0] <= one.at < bounds[1]]
    assert shown == inside[-markers.MOST :]
    assert len({mark.letter for mark in marks}) == len(marks)


def test_a_chart_without_marks_has_no_layer_for_them() -> None:
    row = {
        "bucket": "2025-05-11T04:00:00Z",
        "platform": "x",
        "posts": 3,
        "covered": 1.0,
    }
    (series,) = charts.by_platform(
        [row],
        bucket="hour",
        from_at="2025-05-11T04:00:00Z",
        to_at="2025-05-11T05:00:00Z",
    )
    mark = markers.Mark("A", (markers.Moment("2025-05-11T04:30:00Z", "diary", ("x",)),))
    assert len(charts.volume_spec(series, top=3)["layer"]) == 1
    marked = charts.volume_spec(series, top=3, marks=[mark])["layer"][-1]
    assert [one["mark"]["type"] for one in marked["layer"]] == ["rule", "text"]
    assert marked["layer"][0]["mark"]["stroke"].startswith("var(")


def test_each_mark_is_listed_in_words_below_the_charts(site: Datasette) -> None:
    told = [words(one) for one in panel(site, "h-volume").css("ol.marks li")]
    assert told == [
        "A 8 May 2025, 09:00 term removed: #LabourLeadership",
        "B 9 May 2025, 10:20 term added: A <b>",
        "C 10 May 2025, 10:30 diary: Press <b>release</b>",
        "D 11 May 2025, 09:30 diary: Interview",
    ]
    later = panel(site, "h-volume", "?from=2025-05-11T10:00:00Z")
    assert not later.css("ol.marks")
    assert "something happened" not in words(later)


def test_the_page_stays_light(site: Datasette) -> None:
    assert len(get(site, CAMPAIGN).content) < 300_000


# Languages


def test_the_time_shown_is_the_time_counted(site: Datasette) -> None:
    tree = page(site, f"{CAMPAIGN}?range=24h")
    total = words(tree.css_first("section[aria-labelledby=h-totals] dt b"))
    head, first, *_ = tree.css("section[aria-labelledby=h-volume] .numbers tr")
    assert words(head).startswith("Hour from (UTC) total bluesky")
    cells = tree.css(
        "section[aria-labelledby=h-volume] .numbers tbody tr td:nth-child(2)"
    )
    assert sum(int(words(cell).split()[0]) for cell in cells) == int(total)
    assert first.css("td")
    for name in ("tags", "links", "voices"):
        told = words(tree.css_first(f"section[aria-labelledby=h-{name}] .more-days"))
        assert told.startswith(
            "Of 10 and 11 May, whole days : more than the time shown"
        )
    whole = page(site, f"{CAMPAIGN}?range=14d")
    assert whole.css(".more-days") == []
    assert whole.css_first(".presets [aria-current]").text() == "14 days"
    assert "28 Apr 2025, 00:00" in words(whole.css_first(".showing"))


def test_a_time_of_ones_own_by_the_day_has_whole_days(site: Datasette) -> None:
    tree = page(site, f"{CAMPAIGN}?from=2025-05-02T10:00&to=2025-05-10T11:00")
    shown = words(tree.css_first(".showing"))
    assert "Showing 2 May 2025, 00:00 to 11 May 2025, 00:00" in shown
    exact = page(site, "/-/posts/labourleaks?from=2025-05-02T10:00&to=2025-05-10T11:00")
    assert "2 May 2025, 10:00" in words(exact.css_first("main"))


def test_as_many_gaps_as_are_said_are_listed(site: Datasette) -> None:
    for found in page(site, f"{CAMPAIGN}?range=30d").css("details.gaps"):
        told = words(found.css_first("summary"))
        many = int(re.search(r"\d+", told)[0])  # type: ignore[index]
        listed = len(found.css("li"))
        assert listed == many or (listed == 8 and "the newest 8 of them" in told)


def test_languages_stand_with_what_is_not_scored(site: Datasette) -> None:
    found = panel(site, "h-languages")
    rows = [words(one) for one in found.css("tbody tr")]
    assert len(rows) == 2
    assert rows[0].startswith("en ")
    assert rows[0].endswith(" 0")
    name, posts, unscored = rows[1].split()
    assert (name, posts) == ("de", unscored)
    assert "165.5 of 167.5 hours" in words(found)


def test_a_bar_of_languages_has_its_parts() -> None:
    rows = [{"lang": "en", "posts": 8, "unscored": 2}, {"lang": "de", "posts": 4,
            "unscored": 4}]  # fmt: skip
    found = [(one["scored"], one["rest"]) for one in tallies.languages(rows)]
    assert found == [(75.0, 25.0), (0.0, 50.0)]


def test_languages_of_long_times_are_those_of_whole_days(tmp_path: Path) -> None:
    db = open_database(fixture.make(tmp_path / "x.db"), read_only=True)
    asked = {"campaign": "labourleaks", "from_at": "2025-05-01", "to_at": WEEK["to_at"]}
    long = ask(db, "languages", **asked)
    db.conn.close()
    db = open_database(tmp_path / "x.db", read_only=True)
    parts = [("2025-05-01", "2025-05-05"), ("2025-05-06", "2025-05-11")]
    short = [
        row
        for first, last in parts
        for row in ask(
            db, "languages", campaign="labourleaks", from_at=first, to_at=last
        )
    ]
    for row in long:
        same = [one for one in short if one["lang"] == row["lang"]]
        assert row["posts"] == sum(one["posts"] for one in same)
        assert row["unscored"] == sum(one["unscored"] for one in same)
    db.conn.close()


# Filters


def test_volume_in_parts_adds_up_to_the_whole(tmp_path: Path) -> None:
    db = open_database(fixture.make(tmp_path / "x.db"), read_only=True)

    def posts(**more: str) -> int:
        rows = ask(db, "volume", campaign="labourleaks", **WEEK, **more)
        return sum(row["posts"] or 0 for row in rows)

    kinds = ("negative", "neutral", "positive", "unscored")
    assert posts() == posts(lang="en") + posts(lang="de")
    assert posts(lang="en") == sum(posts(lang="en", sentiment=kind) for kind in kinds)
    assert posts(lang="de") == posts(lang="de", sentiment="unscored") > 0
    assert posts(lang="xx") == 0
    (whole,) = ask(db, "sentiment", campaign="labourleaks", **WEEK, bucket="day")[-1:]
    (own,) = ask(
        db, "sentiment", campaign="labourleaks", **WEEK, bucket="day", lang="en"
    )[-1:]
    assert own["scored"] == whole["scored"]
    assert (own["unscored"], whole["unscored"] > 0) == (0, True)
    db.conn.close()


def test_a_narrowed_time_is_as_blind_as_before(site: Datasette) -> None:
    given = "campaign=labourleaks&platform=bluesky&bucket=hour&_shape=array"
    path = f"/campaigns/volume.json?{given}&from_at=2025-05-11&to_at=2025-05-11"
    rows = get(site, path).json()
    own = get(site, f"{path}&lang=xx").json()
    assert [row["covered"] for row in own] == [row["covered"] for row in rows]
    assert [row["posts"] is None for row in own] == [
        row["covered"] == 0 for row in rows
    ]


def test_a_wrong_sentiment_is_named(site: Datasette) -> None:
    path = "/campaigns/volume.json?campaign=labourleaks&sentiment=angry&_shape=array"
    answer = get(site, path)
    assert answer.status_code == 400
    assert "sentiment: write negative" in answer.json()["error"]
    tree = page(site, f"{CAMPAIGN}?sentiment=%3Cb%3E")
    told = " ".join(one.text() for one in tree.css(".notice"))
    assert "sentiment: “<b>” is not one of negative, neutral" in told


def test_only_pages_that_can_be_narrowed_take_the_filters() -> None:
    args = {"lang": "en", "sentiment": "negative"}
    now = fixture.NOW
    assert not ranges.read(args, now=now, platforms=["feed"]).narrowed
    view = ranges.read(args, now=now, platforms=["feed"], narrows=True)
    assert view.narrowed == "language en, negative"
    assert view.query() == "range=7d&lang=en&sentiment=negative"
    args = {"term": "x", "q": "\0a  b\0" + "c" * 300, "lang": "en"}
    view = ranges.read(args, now=now, platforms=[], narrows=True, terms=["x"])
    assert view.narrowed == f"language en, term x, words a  b {'c' * 195}"
    assert view.chips[1] == ("term", "x", view.query(term=""))
    assert view.bare == "range=7d"


# Hashtags that stand together


def test_pairs_are_counted_from_the_posts(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    db = open_database(path)
    db.conn.execute("insert into hashtags (tag) values ('lone')")
    db.conn.execute(
        "insert into post_hashtags select p.id, h.id from posts p, hashtags h "
        "where h.tag = 'lone' and p.id % 5 = 0"
    )
    db.conn.commit()
    found = ask(db, "hashtag_pairs", campaign="labourleaks", **WEEK)
    counted = db.conn.execute(
        "select a.tag, b.tag, count(*) from matches m join posts p on p.id = m.post_id "
        "join post_hashtags x on x.post_id = p.id join hashtags a on a.id = x.hashtag_id "
        "join post_hashtags y on y.post_id = p.id join hashtags b on b.id = y.hashtag_id "
        "where m.campaign_id = 1 and p.state = 'live' and m.published_at >= ? "
        "group by 1, 2",
        (WEEK["from_at"],),
    ).fetchall()
    expected = {(one, other): posts for one, other, posts in counted}
    own = {(row["tag"], row["other"]): row["posts"] for row in found}
    mirrored = {(other, one): posts for (one, other), posts in own.items()}
    assert own | mirrored == expected
    assert [row["tag"] for row in found if row["tag"] == row["other"]] == [
        "labourleaks", "press", "lone",
    ]  # fmt: skip
    assert {row["looked_to"] for row in found} == {None}
    one = ask(db, "hashtag_pairs", campaign="labourleaks", **WEEK, top=1)
    assert [(row["tag"], row["other"]) for row in one] == [("labourleaks",) * 2]
    db.conn.close()


def test_fifty_hashtags_fit(tmp_path: Path) -> None:
    db = open_database(fixture.make(tmp_path / "x.db"))
    db.conn.executemany(
        "insert into hashtags (tag) values (?)", [(f"t{n}",) for n in range(70)]
    )
    db.conn.execute(
        "insert or ignore into post_hashtags "
        "select p.id, h.id from posts p, hashtags h where p.id > 790"
    )
    db.conn.commit()
    found = ask(db, "hashtag_pairs", campaign="labourleaks", **WEEK, top=1000)
    assert len(found) == 50 * 51 / 2
    assert min(row["posts"] for row in found) > 0
    db.conn.close()


def pair(tag: str, other: str, posts: int) -> dict[str, Any]:
    return {"tag": tag, "other": other, "posts": posts, "examined": 9,
            "looked_to": None}  # fmt: skip


def test_a_matrix_has_each_pair_twice_and_reads_without_colour() -> None:
    rows = [pair("a", "a", 9), pair("a", "b", 4), pair("a", "c", 1), pair("b", "b", 5),
            pair("c", "c", 2)]  # fmt: skip
    found = tallies.matrix(rows)
    assert found is not None
    assert [tag for tag, _ in found.lines] == ["a", "b", "c"]
    assert [[cell.posts for cell in cells] for _, cells in found.lines] == [
        [9, 4, 1], [4, 5, 0], [1, 0, 2],
    ]  # fmt: skip
    assert [cell.shade for cell in found.lines[0][1]] == [None, 4, 2]
    assert found.lines[1][1][2].shade == 0
    assert tallies.matrix(rows[:1]) is None
    assert tallies.matrix([]) is None


def test_the_page_shows_pairs_with_their_numbers(site: Datasette) -> None:
    tree = page(site, "/-/pushing/labourleaks")
    found = tree.css_first("section[aria-labelledby=h-pairs]")
    rows = {
        words(row.css_first("th")): [cell.text() for cell in row.css("td")]
        for row in found.css("tbody tr")
    }
    assert list(rows) == ["1 #labourleaks", "2 #press"]
    assert rows["1 #labourleaks"][1] == rows["2 #press"][0] == rows["2 #press"][1]
    assert "hours" in words(found), "it says what was seen"
