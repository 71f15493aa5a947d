"""Which platform drives it, and what a difference is made of: the queries and the words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.connection import open_database
from db.published import queries
from db.times import from_text, to_text
from groundswell.web import platforms, why, words
from groundswell.web.data import Result
from tests import web_fixture as fixture
from tests.test_web import build, close, get, page, text

DAY = {"campaign": "labourleaks", "from_at": "2025-05-10T13:00:00Z",
       "to_at": "2025-05-11T12:30:00Z"}  # fmt: skip
CAMPAIGN = "/-/campaign/labourleaks"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = fixture.make(tmp_path_factory.mktemp("why") / "x.db")
    connection = open_database(path, read_only=True).conn
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datasette]:
    datasette = build(fixture.make(tmp_path_factory.mktemp("why") / "y.db"))
    yield datasette
    close(datasette)


def rows(db: sqlite3.Connection, name: str, **given: object) -> list[dict[str, Any]]:
    query = queries()[name]
    return [dict(row) for row in db.execute(query.sql, query.bind(given))]


def at_now(
    db: sqlite3.Connection, now: str, name: str, **given: object
) -> list[dict[str, Any]]:
    """The rows as they would be then: the last bucket is not over."""
    query = queries()[name]
    sql = query.sql.replace("unixepoch('now')", f"unixepoch('{now}')")
    return [dict(row) for row in db.execute(sql, query.bind(given))]


def result(*found: dict[str, Any], url: str = "/q") -> Result:
    return Result("x", "X", found, url, f"{url}.json")


# The ranking's query


def counted(
    db: sqlite3.Connection, from_at: datetime, to_at: datetime, more: str = ""
) -> dict[str, int]:
    """Live posts of the first campaign by platform, post by post."""
    found = db.execute(
        "select p.platform, count(*) from matches m join posts p on p.id = m.post_id "
        "where m.campaign_id = 1 and m.first and p.state in ('live', 'edited') "
        f"and m.published_at >= ? and m.published_at < ? {more} group by 1",
        (to_text(from_at), to_text(to_at)),
    )
    return dict(tuple(row) for row in found)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(back=st.integers(1, 120), minute=st.integers(0, 59))
def test_both_times_are_as_long_and_end_at_the_same_moment(
    db: sqlite3.Connection, back: int, minute: int
) -> None:
    to_at = fixture.NOW.replace(minute=minute)
    first = to_at.replace(minute=0) - timedelta(hours=back - 1)
    length = timedelta(hours=back)
    given = {"from_at": to_text(first), "to_at": to_text(to_at + timedelta(seconds=1))}
    asked = {"campaign": "labourleaks", "bucket": "hour", **given}
    found = at_now(db, given["to_at"], "by_platform", **asked)
    later = counted(db, first, first + length)
    # Where the last hour has later posts, both are counted whole.
    moment = to_at + timedelta(seconds=1)
    cut = first if counted(db, moment, first + length) else moment - length
    before = counted(db, first - length, cut)
    for row in found:
        assert row["posts"] in {None, later.get(row["platform"], 0)}
        assert row["posts_before"] in {None, before.get(row["platform"], 0)}


@pytest.mark.parametrize("bucket", ["hour", "day"])
@pytest.mark.parametrize(
    "narrow",
    [{}, {"lang": "en"}, {"sentiment": "negative"}, {"term": "labourleaks"},
     {"platform": "bluesky"}],
)  # fmt: skip
def test_the_ranking_has_the_counts_of_the_charts(
    db: sqlite3.Connection, bucket: str, narrow: dict[str, str]
) -> None:
    for span in (DAY, {**DAY, "from_at": "2025-05-06"}):
        found = rows(db, "by_platform", **span, **narrow, bucket=bucket)
        sums: dict[str, int | None] = {}
        for row in rows(db, "volume", **span, **narrow, bucket=bucket):
            old = sums.setdefault(row["platform"], None)
            if row["posts"] is not None:
                sums[row["platform"]] = (old or 0) + row["posts"]
        assert {row["platform"]: row["posts"] for row in found} == sums
        posts = [row["posts"] or 0 for row in found]
        assert posts == sorted(posts, reverse=True)
        assert sum(row["share"] or 0 for row in found) == pytest.approx(1, abs=0.01)


def test_days_before_are_cut_at_the_same_time_of_day(db: sqlite3.Connection) -> None:
    span = {**DAY, "from_at": "2025-05-09"}
    found = at_now(db, DAY["to_at"], "by_platform", **span, bucket="day")
    before = counted(
        db, from_text("2025-05-06T00:00:00Z"), from_text("2025-05-08T12:30:00Z")
    )
    assert {row["platform"]: row["posts_before"] for row in found} == before


def test_blind_is_null_and_never_comparable(tmp_path: Path) -> None:
    db = open_database(fixture.make(tmp_path / "x.db"))
    db.conn.execute("delete from coverage where source_id = 3")
    db.conn.execute("insert into coverage (source_id, term_id, from_at, to_at, state) "
                    "values (3, 1, '2025-05-01T00:00:00Z', '2025-05-01T01:00:00Z', "
                    "'complete')")  # fmt: skip
    for table in ("hourly", "daily"):
        db.conn.execute(f"delete from {table} where platform = 'bluesky'")
    db.conn.row_factory = sqlite3.Row
    (blind,) = [
        row
        for row in rows(db.conn, "by_platform", **DAY)
        if row["platform"] == "bluesky"
    ]
    assert (blind["posts"], blind["share"], blind["comparable"]) == (None, None, 0)
    assert blind["sources"] == 1
    db.conn.close()


# The ranking's words


def platform(name: str, posts: int | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    whole = {"comparable": 1, "covered": 1.0, "covered_before": 1.0, "sources": 1}
    return {"platform": name, "posts": posts, "posts_before": 10, **whole, **more}


def ranked(*found: dict[str, Any]) -> platforms.Ranking:
    volume, coverage = result(url="/v?a=1"), result(url="/c")
    return platforms.ranking(result(*found, url="/p?a=1"), volume, coverage)


def test_who_drives_it_stands_first_and_every_figure_has_its_query() -> None:
    found = ranked(platform("bluesky", 30), platform("mastodon", 10))
    first, second = found.lines
    assert (first.platform, first.share, first.bar, first.change, first.seen) == (
        "bluesky", "75 %", 100.0, "+200 %", "all",
    )  # fmt: skip
    assert (second.share, second.bar, second.change) == ("25 %", 33.3, "as many")
    assert first.links == {
        "posts": "/v?a=1&platform=bluesky",
        "share": "/p?a=1",
        "change": "/p?a=1&platform=bluesky",
        "seen": "/c?platform=bluesky",
    }
    assert (found.apart, found.quiet) == ("", "")


def test_why_times_cannot_be_compared_is_said_once_for_each_reason() -> None:
    unseen = {"comparable": 0, "covered_before": 0.0, "posts_before": None}
    found = ranked(
        platform("a", 9, **unseen),
        platform("b", 8, comparable=0, covered=0.5),
        platform("c", 7, **unseen),
        platform("d", 6, comparable=0, sources=0, covered=0.0, covered_before=0.0),
        platform("e", 5, posts_before=0),
    )
    assert found.apart == (
        "Not comparable, a and c: nothing of the time before was seen; b: 50 % of this "
        "time was seen, and all of the time before; d: no source watches it: its posts "
        "came from archives."
    )
    assert [line.change for line in found.lines][-2:] == [
        "–", "none before",
    ]  # fmt: skip
    assert found.lines[3].seen == "–"
    same = ranked(platform("a", 2, **unseen), platform("b", 1, **unseen))
    assert same.apart == (
        "Not comparable, all platforms: nothing of the time before was seen."
    )


def test_blind_is_never_quiet() -> None:
    found = ranked(
        platform("a", 3),
        platform("b", 0, posts_before=0),
        platform("c", 0, covered=0.25),
        platform("d", None, covered=0.0),
    )
    assert [line.platform for line in found.lines] == ["a"]
    assert found.quiet == (
        "Quiet: b and c (25 % of the time seen, 10 posts the time before); nothing seen: "
        "d, which may have had posts."
    )


def test_the_page_ranks_before_it_draws(site: Datasette) -> None:
    tree = page(site, f"{CAMPAIGN}?range=24h")
    found = tree.css("section[aria-labelledby=h-platforms] tbody tr")
    names = [row.css_first("th").text(strip=True) for row in found]
    assert names == ["mastodon", "bluesky", "feed"]
    assert [one.text() for one in tree.css("#h-volume ~ figure figcaption b")] == names
    links = [one.attributes["href"] for row in found for one in row.css("td a")]
    assert len(links) == 12
    for link in links:
        assert get(site, str(link)).status_code == 200, link
    told = " ".join(found[1].text(separator=" ").split())
    assert told == "bluesky 40 31 % – not comparable 92 %"
    origin = tree.css_first("section[aria-labelledby=h-platforms] .origin").text()
    assert "JSON · CSV · XLSX" in origin


def test_a_quiet_platform_is_named_and_not_drawn(site: Datasette) -> None:
    tree = page(site, f"{CAMPAIGN}?lang=de")
    drawn = [one.text() for one in tree.css("#h-volume ~ figure figcaption b")]
    quiet = {"bluesky", "feed", "mastodon"} - set(drawn)
    for name in quiet:
        assert f"{name}" in text(tree.css_first("section[aria-labelledby=h-platforms]"))
    alone = page(site, f"{CAMPAIGN}?platform=feed&lang=xx")
    assert [one.text() for one in alone.css("#h-volume ~ figure figcaption b")] == [
        "feed"
    ]


# What a difference is made of


def test_what_differs_is_counted_from_the_posts(db: sqlite3.Connection) -> None:
    found = rows(db, "differences", **DAY, top=1000)
    # Whole hours earlier: what lies between the two is in neither.
    begin, before_end = "2025-05-09T13:00:00Z", "2025-05-10T12:30:00Z"
    middle, end = "2025-05-10T13:00:00Z", "2025-05-11T12:30:00Z"
    counted = db.execute(
        "select l.url, sum(m.published_at >= ?), sum(m.published_at < ?) from matches m "
        "join posts p on p.id = m.post_id join post_links x on x.post_id = p.id "
        "join links l on l.id = x.link_id where m.campaign_id = 1 and m.first "
        "and p.state in ('live', 'edited') and m.published_at >= ? "
        "and m.published_at < ? group by 1",
        (middle, before_end, begin, end),
    ).fetchall()
    links = {row["what"]: row for row in found if row["kind"] == "link"}
    assert {url: (row["posts"], row["posts_before"]) for url, row in links.items()} == {
        url: (now, before) for url, now, before in counted if now != before
    }
    tags = {row["what"] for row in found if row["kind"] == "hashtag"}
    assert not tags & {"labourleaks", "labourleadership"}
    assert {row["one_in"] for row in found} == {1}
    sizes = [abs(row["posts"] - row["posts_before"]) for row in found]
    assert sizes == sorted(sizes, reverse=True)
    for row in found:
        assert (row["example"] is not None) is (row["kind"] == "message")


def test_what_was_taken_back_is_in_no_difference(tmp_path: Path) -> None:
    db = open_database(fixture.make(tmp_path / "x.db")).conn
    db.row_factory = sqlite3.Row
    db.execute("update posts set state = 'deleted'")
    assert rows(db, "differences", **DAY) == []
    db.close()


def test_a_part_of_many_posts_tells_about_all(tmp_path: Path) -> None:
    db = open_database(fixture.make(tmp_path / "x.db")).conn
    db.row_factory = sqlite3.Row
    exact = {(r["kind"], r["what"]): r for r in rows(db, "differences", **DAY, top=999)}
    # As if there were many: a part of the time is looked at.
    db.execute("update hourly set posts = posts + 500")
    found = rows(db, "differences", **DAY, top=999)
    (part,) = {row["one_in"] for row in found}
    assert part > 1
    assert 0 < len(found) < len(exact)
    for row in found:
        whole = exact.get((row["kind"], row["what"]))
        if whole:
            assert row["posts"] / part <= whole["posts"]
            assert row["posts_before"] / part <= whole["posts_before"]
    db.close()


@pytest.mark.parametrize(
    ("now", "before", "clear"),
    [
        (90, 60, True), (89, 60, False), (60, 90, True), (61, 90, False),
        (60, 40, True), (59, 10, False), (60, 0, True), (0, 60, True), (0, 0, False),
        (1000, 900, False),
    ],
)  # fmt: skip
def test_two_days_differ_clearly_or_not(now: int, before: int, clear: bool) -> None:
    assert why.clear(now, before) is clear


def carried(kind: str, now: int, before: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    known = {
        "kind": kind,
        "what": "x",
        "posts": now,
        "posts_before": before,
        "one_in": 1,
    }
    unknown = dict.fromkeys(("title", "example", "text", "content_warning"))
    return {**known, **unknown, **more}


def said(now: int, before: int, *things: dict[str, Any], on: Any = ()) -> list[str]:  # noqa: ANN401
    overview = {"posts": now, "posts_before": before}
    platforms = on or [platform("mastodon", now, posts_before=before)]
    told = why.parts(overview, result(*platforms, url="/p"), result(*things, url="/d"))
    return [sentence for sentence, _ in told]


def test_the_link_that_a_rise_is_made_of_is_named() -> None:
    link = carried("link", 120, 3, title="A leaked <memo>",
                   what="https://www.gazette.example/leak/1")  # fmt: skip
    other = carried("link", 5, 30)
    (told,) = said(200, 60, other, link)
    assert told == (
        "“A leaked <memo>” (gazette.example/leak/1) was shared 120 times, against 3 the "
        "day before: most of the difference."
    )
    assert said(400, 60, link)[0].endswith("a large part of the difference.")


def test_what_a_fall_is_made_of_is_named() -> None:
    gone = carried("message", 1, 90, text="the same\n words " * 30)
    (told,) = said(100, 200, carried("hashtag", 90, 10), gone)
    assert told.startswith("“the same words the same")
    assert "…” was said 1 time, against 90 the day before" in told


def test_nothing_is_named_that_does_not_account_for_it() -> None:
    small = carried("link", 40, 3)
    assert said(300, 100, small) == ["No single link, tag or message accounts for it."]
    assert said(300, 100)[-1] == "No single link, tag or message accounts for it."
    assert said(110, 100, carried("link", 90, 3)) == []


def test_what_grew_as_all_did_accounts_for_nothing() -> None:
    along = carried("hashtag", 150, 50)
    assert said(300, 100, along) == ["No single link, tag or message accounts for it."]
    assert said(100, 300, carried("hashtag", 50, 150)) == said(300, 100, along)
    assert "stood in 150 posts" in said(300, 100, carried("hashtag", 150, 30))[0]


def test_words_behind_a_warning_are_not_quoted() -> None:
    row = carried("message", 150, 0, text="secret", content_warning="gore")
    (told,) = said(200, 60, row)
    assert told.startswith("One message (behind a content warning) was said 150 times")


def test_an_estimate_says_so() -> None:
    (told,) = said(300, 60, carried("hashtag", 200, 8, one_in=4, what="leak"))
    assert told.startswith("#leak stood in about 200 posts, against 8 the day before")


def test_the_platform_that_most_of_it_is_on_is_named() -> None:
    on = [platform("bluesky", 150, posts_before=20), platform("mastodon", 50)]
    assert said(200, 60, on=on)[0] == (
        "Most of the difference is on bluesky: 150 posts, against 20 the day before."
    )
    spread = [platform(name, 50, posts_before=15) for name in "abcd"]
    assert len(said(200, 60, on=spread)) == 1


def test_a_difference_made_of_coverage_is_told_as_that() -> None:
    unlike = {"comparable": 0, "covered_before": 0.16}
    on = [
        platform("bluesky", 270, posts_before=16, **unlike),
        platform("mastodon", 130, posts_before=140),
    ]
    link = carried("link", 120, 3)
    (told,) = said(400, 156, link, on=on)
    assert told == (
        "On all platforms together 400 posts were found, and 156 the day before, but most "
        "of that difference is on platforms that were not seen alike: it tells of what was "
        "seen, not of what was posted."
    )
    # A rise where both days were seen alike is one, whatever the others show.
    clear = [on[0], platform("mastodon", 130, posts_before=60)]
    assert len(said(400, 76, link, on=clear)) == 2
    # And one that nobody saw alike is no rise: there is nothing to explain.
    assert said(270, 16, link, on=on[:1]) == []


def test_differences_may_leave_platforms_out(db: sqlite3.Connection) -> None:
    whole = rows(db, "differences", **DAY, top=1000)
    one = rows(db, "differences", **DAY, top=1000, platform="bluesky")
    assert one != whole
    assert rows(db, "differences", **DAY, top=1000, platforms="bluesky") == one
    every = "feed,bluesky,mastodon"
    assert rows(db, "differences", **DAY, top=1000, platforms=every) == whole
    assert rows(db, "differences", **DAY, top=1000, platforms="blue,sky") == []


def test_the_page_says_what_a_rise_is_made_of(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "x.db")
    db = open_database(path).conn
    db.execute("update posts set state = 'deleted' where published_at < ?",
               (DAY["from_at"],))  # fmt: skip
    fixture.recount(db)
    db.commit()
    db.close()
    datasette = build(path)
    tree = page(datasette, CAMPAIGN)
    story = " ".join(tree.css_first(".said").text(separator=" ").split())
    assert "129 posts" in story
    assert "the day before: " in story or "No single link, tag or message" in story
    links = [one.attributes["href"] or "" for one in tree.css(".said a")]
    assert any("/campaigns/differences?" in link for link in links)
    for link in links:
        assert get(datasette, link).status_code == 200, link
    close(datasette)


# Links by their names


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.gazette.example/", "gazette.example"),
        ("http://a.example/b?c=d", "a.example/b?c=d"),
        ("nonsense", "nonsense"),
        ("https://a.example/" + "x" * 80 + "/end", "a.example/…" + "x" * 45 + "/end"),
    ],
)
def test_an_address_to_be_read(url: str, shown: str) -> None:
    assert words.address(url) == shown


@given(st.text(max_size=300), st.integers(10, 80))
def test_an_address_is_never_longer_than_asked(tail: str, most: int) -> None:
    assert len(words.address(f"https://{tail}", most)) <= most
