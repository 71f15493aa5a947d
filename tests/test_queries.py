"""The published queries, each on a real database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from datasette.utils import escape_fts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import published
from db.connection import open_database
from db.published import BadQueryFile, queries
from db.times import to_text
from tests import web_fixture as fixture

NOW = to_text(fixture.NOW)
WEEK = {"campaign": "labourleaks", "from_at": "2025-05-04T13:00:00Z", "to_at": NOW}
# What every query is tried with; each takes those that it knows.
USUAL = {**WEEK, "q": "document", "facet": "hashtag"}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = fixture.make(tmp_path_factory.mktemp("queries") / "any-name.db")
    connection = open_database(path, read_only=True).conn
    connection.create_function("escape_fts", 1, escape_fts)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


def rows(db: sqlite3.Connection, name: str, **given: object) -> list[dict[str, Any]]:
    query = queries()[name]
    return [dict(row) for row in db.execute(query.sql, query.bind(given))]


def at_now(
    db: sqlite3.Connection, name: str, now: str = NOW, **given: object
) -> list[dict[str, Any]]:
    """The rows as they would be then: a bucket that is not over is seen so far."""
    query = queries()[name]
    sql = query.sql.replace("unixepoch('now')", f"unixepoch('{now}')")
    return [dict(row) for row in db.execute(sql, query.bind(given))]


def usual(db: sqlite3.Connection, name: str, **more: object) -> list[dict[str, Any]]:
    known = queries()[name].params
    return rows(db, name, **{k: v for k, v in {**USUAL, **more}.items() if k in known})


@pytest.mark.parametrize("name", queries())
def test_each_query_answers_with_the_columns_that_it_documents(
    db: sqlite3.Connection, name: str
) -> None:
    found = usual(db, name)
    assert found, name
    assert list(found[0]) == list(queries()[name].columns)


@pytest.mark.parametrize("name", queries())
def test_each_parameter_in_the_sql_is_documented_and_the_other_way(name: str) -> None:
    query = queries()[name]
    bare = re.sub(r"--[^\n]*|'[^']*'", "", query.sql)
    assert set(re.findall(r":(\w+)", bare)) == set(query.params)


@pytest.mark.parametrize("name", queries())
def test_no_query_scans_posts_matches_or_hours(
    db: sqlite3.Connection, name: str
) -> None:
    query = queries()[name]
    plan = db.execute(f"explain query plan {query.sql}", query.bind({})).fetchall()
    scans = [row["detail"] for row in plan if row["detail"].startswith("SCAN")]
    assert not [
        s for s in scans if re.match(r"SCAN (p|m|h|posts|matches|hourly)\b", s)
    ], scans


@pytest.mark.parametrize("name", queries())
def test_an_empty_database_is_no_error(tmp_path: Path, name: str) -> None:
    connection = open_database(tmp_path / "empty.db").conn
    connection.create_function("escape_fts", 1, escape_fts)
    connection.execute("insert into campaigns (slug, title) values ('new', 'New')")
    query = queries()[name]
    given = {"campaign": "new"} if "campaign" in query.params else {}
    connection.execute(query.sql, query.bind(given)).fetchall()
    connection.close()


def test_volume_counts_what_the_posts_say(db: sqlite3.Connection) -> None:
    (expected,) = db.execute(
        "select count(*) from matches m join posts p on p.id = m.post_id "
        "where m.campaign_id = 1 and p.state = 'live' and m.published_at >= ?",
        (WEEK["from_at"],),
    ).fetchone()
    for bucket in ("hour", ""):
        found = rows(db, "volume", **WEEK, bucket=bucket)
        assert sum(row["posts"] or 0 for row in found) == expected
    assert {row["platform"] for row in found} == {"mastodon", "bluesky", "feed"}
    assert len(found) == 168 * 3


def test_a_blind_hour_is_null_and_a_quiet_one_is_zero(db: sqlite3.Connection) -> None:
    found = rows(db, "volume", **WEEK, platform="bluesky", bucket="hour")
    by_hour = {row["bucket"]: row for row in found}
    blind = by_hour["2025-05-11T03:00:00Z"]
    assert (blind["posts"], blind["covered"], blind["sources_blind"]) == (None, 0.0, 1)
    quiet = [row for row in found if row["covered"] == 1.0 and row["posts"] == 0]
    assert quiet
    assert all(row["posts"] is not None for row in found if row["covered"] > 0)


def test_the_best_source_of_a_platform_counts(db: sqlite3.Connection) -> None:
    last = at_now(db, "volume", **WEEK, platform="mastodon", bucket="hour")[-1]
    assert (last["covered"], last["sources"], last["sources_blind"]) == (1.0, 2, 1)


def test_a_part_of_a_bucket_is_a_share(db: sqlite3.Connection) -> None:
    days = at_now(db, "volume", **WEEK, platform="bluesky", bucket="day")
    # 2 of the day's 12.5 hours so far were blind.
    assert days[-1]["covered"] == pytest.approx(10.5 / 12.5, abs=0.001)


COUNTING = ("volume", "sentiment", "totals", "by_platform", "posts_asked",
            "filtered_volume", "concentration", "term_shares", "languages")  # fmt: skip


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(COUNTING), st.integers(0, 6 * 1440), st.integers(1, 6 * 1440),
       st.sampled_from(["hour", "day"]))  # fmt: skip
def test_a_cut_time_is_counted_and_seen_as_its_whole_buckets(
    db: sqlite3.Connection, name: str, start: int, length: int, bucket: str
) -> None:
    """covered speaks of the time that posts are counted of."""
    if name in ("term_shares", "languages"):
        bucket = "hour"  # they have no bucket, up to seven days
    if name == "concentration" and bucket == "hour":
        length = min(length, 46 * 60)
    step = 60 if bucket == "hour" else 1440
    begin = fixture.START + timedelta(minutes=start)
    end = min(begin + timedelta(minutes=length), fixture.NOW)
    first = fixture.START + timedelta(minutes=start // step * step)
    last = fixture.START + timedelta(
        minutes=-(-int((end - fixture.START).total_seconds() / 60) // step) * step
    )
    more = {"bucket": bucket} if "bucket" in queries()[name].params else {}
    asked, whole = (
        at_now(db, name, campaign="labourleaks", from_at=to_text(one), to_at=to_text(two),
               **more)
        for one, two in ((begin, end), (first, min(last, fixture.NOW)))
    )  # fmt: skip
    assert asked == whole


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from(
        [
            "volume",
            "sentiment",
            "totals",
            "posts_asked",
            "term_shares",
            "languages",
            "by_platform",
            "filtered_volume",
        ]
    ),
    st.lists(st.integers(0, 160), min_size=3, max_size=3, unique=True).map(sorted),
)
def test_two_times_that_meet_come_to_both(
    db: sqlite3.Connection, name: str, hours: list[int]
) -> None:
    def posts(start: int, end: int) -> int:
        moments = (fixture.START + timedelta(hours=hour) for hour in (start, end))
        span = dict(zip(("from_at", "to_at"), map(to_text, moments), strict=True))
        more = {"bucket": "hour"} if "bucket" in queries()[name].params else {}
        found = rows(db, name, campaign="labourleaks", **span, **more)
        names = ("negative", "neutral", "positive", "unscored")
        counted = names if name == "sentiment" else ("posts",)
        return sum(row[each] or 0 for row in found for each in counted)

    first, middle, last = hours
    assert posts(first, middle) + posts(middle, last) == posts(first, last)


def test_the_least_of_a_source_s_terms_counts(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "t.db")
    connection = open_database(path).conn
    connection.row_factory = sqlite3.Row
    connection.execute("delete from coverage where source_id = 3 and term_id = 2")
    connection.execute(
        "insert into coverage values (3, 2, ?, ?, 'complete', null, null)",
        ("2025-05-11T06:00:00Z", "2025-05-11T06:30:00Z"),
    )
    found = rows(connection, "volume", **WEEK, platform="bluesky", bucket="hour")
    by_hour = {row["bucket"]: row["covered"] for row in found}
    assert by_hour["2025-05-11T06:00:00Z"] == 0.5
    assert by_hour["2025-05-11T08:00:00Z"] == 0.0
    connection.close()


def test_a_term_that_joined_later_blinds_no_earlier_hour(tmp_path: Path) -> None:
    path = fixture.make(tmp_path / "t.db")
    connection = open_database(path).conn
    connection.row_factory = sqlite3.Row
    connection.execute(
        "insert into terms (id, campaign_id, kind, value, display, added_at, from_start) "
        "values (9, 1, 'hashtag', 'late', 'late', '2025-05-11T06:00:00Z', 0)"
    )
    connection.execute(
        "insert into coverage values "
        "(3, 9, '2025-05-11T09:00:00Z', '2025-05-11T12:30:00Z', 'complete', null, null)"
    )
    found = rows(connection, "volume", **WEEK, platform="bluesky", bucket="hour")
    by_hour = {row["bucket"]: row["covered"] for row in found}
    assert by_hour["2025-05-11T05:00:00Z"] == 1.0
    assert by_hour["2025-05-11T07:00:00Z"] == 0.0
    assert by_hour["2025-05-11T10:00:00Z"] == 1.0
    connection.close()


def test_sentiment_leaves_unscored_posts_out_of_the_mean(
    db: sqlite3.Connection,
) -> None:
    found = rows(db, "sentiment", **WEEK, bucket="day")
    for row in found:
        assert row["scored"] == row["negative"] + row["neutral"] + row["positive"]
    expected = db.execute(
        "select avg(polarity) from matches m join posts p on p.id = m.post_id where "
        "m.campaign_id = 1 and p.state = 'live' and date(m.published_at) = '2025-05-10'"
    ).fetchone()[0]
    assert found[-2]["polarity"] == pytest.approx(expected, abs=0.001)
    assert sum(row["unscored"] for row in found) > 0


def test_neutral_posts_without_evidence_are_counted_apart(
    db: sqlite3.Connection,
) -> None:
    found = rows(db, "sentiment", **WEEK, bucket="day")
    counted = (
        "select count(*) from matches m join posts p on p.id = m.post_id where "
        "m.campaign_id = 1 and p.state = 'live' and date(m.published_at) = '2025-05-10' "
        "and p.sentiment = 'neutral' and p.evidence = 0"
    )
    expected = db.execute(counted).fetchone()[0]
    assert 0 < expected < found[-2]["neutral"]
    assert found[-2]["without_evidence"] == expected
    (about, *_) = rows(db, "overview", to_at=WEEK["to_at"])
    assert 0 < about["without_evidence"] < about["neutral"]


def test_evidence_that_was_not_looked_at_is_unknown_and_not_none(
    tmp_path: Path,
) -> None:
    connection = open_database(fixture.make(tmp_path / "earlier.db")).conn
    connection.row_factory = sqlite3.Row
    connection.execute(
        "update posts set evidence = null where date(published_at) = '2025-05-10'"
    )
    fixture.recount(connection)
    found = {
        row["bucket"][:10]: row
        for row in rows(connection, "sentiment", **WEEK, bucket="day")
    }
    assert found["2025-05-10"]["without_evidence"] is None
    assert found["2025-05-09"]["without_evidence"] > 0
    connection.close()


def test_sentiment_of_a_blind_time_is_null(db: sqlite3.Connection) -> None:
    found = rows(db, "sentiment", **WEEK, platform="bluesky", bucket="hour")
    blind = next(row for row in found if row["bucket"] == "2025-05-11T04:00:00Z")
    assert blind["negative"] is None
    assert blind["scored"] is None


def test_coverage_spans_add_up_to_the_asked_time(db: sqlite3.Connection) -> None:
    found = rows(db, "coverage_of", **{**WEEK, "from_at": "2025-04-30"})
    pairs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in found:
        pairs.setdefault((row["source"], row["term"]), []).append(row)
    assert len(pairs) == 8
    for spans in pairs.values():
        assert spans[0]["from_at"] == "2025-04-30T00:00:00Z"
        assert spans[0]["state"] == "untracked"
        assert spans[-1]["to_at"] == NOW
        for one, two in pairwise(spans):
            assert one["to_at"] == two["from_at"]


def test_the_overview_compares_periods_of_one_length(db: sqlite3.Connection) -> None:
    row = rows(db, "overview", to_at=NOW)[0]
    counts = [
        db.execute(
            "select count(*) from matches m join posts p on p.id = m.post_id where "
            "m.campaign_id = 1 and p.state = 'live' "
            "and m.published_at >= ? and m.published_at < ?",
            bounds,
        ).fetchone()[0]
        for bounds in (
            ("2025-05-10T13:00:00Z", NOW),
            ("2025-05-09T13:00:00Z", "2025-05-10T12:30:00Z"),
        )
    ]
    assert [row["posts"], row["posts_before"]] == counts
    parts = ("negative", "neutral", "positive", "unscored")
    assert sum(row[part] for part in parts) == row["posts"]


def test_deleted_posts_are_never_shown(db: sqlite3.Connection) -> None:
    deleted = {r[0] for r in db.execute("select id from posts where state = 'deleted'")}
    assert deleted
    for name in ("newest_posts", "most_shared", "search_posts"):
        more = {"from_at": "2025-05-01", "top": 1000, "q": "the"}
        found = {row["id"] for row in usual(db, name, **more)}
        assert found
        assert not found & deleted


def test_voices_leave_out_those_who_asked(db: sqlite3.Connection) -> None:
    (handle,) = db.execute("select handle from authors where opt_out = 1").fetchone()
    voices = rows(db, "top_voices", **WEEK, top=1000)
    assert handle not in {row["handle"] for row in voices}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"campaign": ""}, "campaign: name one, as in ?campaign=labourleaks"),
        ({"campaign": "nope"}, "campaign: there is none called nope"),
        ({"campaign": "x' or 1=1"}, "campaign: there is none called x"),
        ({"from_at": "yesterday"}, "from_at: write it as 2026-05-01"),
        ({"from_at": "2025-02-31"}, "from_at: write it as 2026-05-01"),
        ({"from_at": "20250501"}, "from_at: write it as 2026-05-01"),
        ({"to_at": "2025-05-01T25:00:00Z"}, "to_at: write it as 2026-05-01"),
        ({"from_at": "2025-05-12", "to_at": "2025-05-10"}, "it must lie before to_at"),
        ({"from_at": "2999-01-01", "to_at": ""}, "it must lie before to_at"),
        ({"bucket": "week"}, "bucket: write hour or day, not week"),
        ({"from_at": "2020-01-01", "bucket": "hour"}, "are too many, at most 5000"),
        ({"from_at": "2012-01-01", "bucket": "day"}, "rows are too many, at most 5000"),
    ],
)
def test_a_wrong_parameter_is_an_error_that_names_it(
    db: sqlite3.Connection, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(sqlite3.OperationalError, match=re.escape(sentence)):
        rows(db, "volume", **{**WEEK, **given})


@pytest.mark.parametrize("name", [n for n, q in queries().items() if "top" in q.params])
def test_top_is_a_number_between_1_and_1000(db: sqlite3.Connection, name: str) -> None:
    assert len(usual(db, name, top=1)) == 1
    assert len(usual(db, name, top=0)) == 1
    with pytest.raises(sqlite3.OperationalError, match="top: write a number, not x"):
        usual(db, name, top="x")


def test_plain_dates_include_their_day(db: sqlite3.Connection) -> None:
    by_day = rows(
        db, "volume", campaign="labourleaks", from_at="2025-05-02", to_at="2025-05-03"
    )
    assert {row["bucket"][:10] for row in by_day} == {"2025-05-02", "2025-05-03"}
    assert len(by_day) == 48 * 3


def test_time_to_come_is_not_blind(db: sqlite3.Connection) -> None:
    found = rows(
        db, "volume", campaign="labourleaks", to_at="2999-01-01", from_at="", bucket=""
    )
    assert len(found) == 0 or max(row["bucket"] for row in found) < "2999"


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(alphabet="ab \"'*():^-+{}\\#\0é東", max_size=12))
def test_any_words_can_be_searched(db: sqlite3.Connection, text: str) -> None:
    rows(db, "search_posts", q=text)


def test_a_query_refuses_a_parameter_that_it_does_not_have() -> None:
    with pytest.raises(KeyError, match="volume has no parameter nope"):
        queries()["volume"].bind({"nope": 1})


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.sql"
    file.write_text("select 1")
    with pytest.raises(BadQueryFile, match=r"bad\.sql: the header has no title"):
        published.read(file)
