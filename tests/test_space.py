"""What is stored small is read as it always was, and found without reading all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from db import checks, merging, reads
from db.connection import open_database
from db.migrations import migrations
from db.posts import ids_by_name
from db.published import queries
from db.times import to_seconds, to_text
from tests import web_fixture as fixture

# What m027 wrote anew, as it was before: names, and rows that its times come from.
_BEFORE = {
    "copies": "scheme, source_id, value, post_id",
    "observations": "post_id, term_id, source_id, first_at, last_at, matched_by",
    "metrics": "post_id, source_id, at, replies, reposts, likes, quotes, views",
    "hourly_messages": "campaign_id, hour, message, platform, posts",
}


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(
        open_database(fixture.make(tmp_path_factory.mktemp("s") / "s.db"))
    ) as db:
        yield db.conn


def plan(conn: sqlite3.Connection, query: str, given: object = ()) -> str:
    rows = conn.execute(f"explain query plan {query}", given)  # type: ignore[arg-type]
    return "\n".join(row[3] for row in rows)


def test_a_file_of_the_version_before_keeps_every_row(tmp_path: Path) -> None:
    with closing(open_database(fixture.make(tmp_path / "new.db"))) as made:
        expected = {
            table: made.conn.execute(f"select {columns} from {table}").fetchall()
            for table, columns in _BEFORE.items()
        }
    old = Database(tmp_path / "old.db")
    migrations.apply(old, stop_before="m027_space")
    old.conn.execute("pragma foreign_keys = off")
    for table, columns in _BEFORE.items():
        marks = ", ".join("?" * (columns.count(",") + 1))
        old.conn.executemany(
            f"insert into {table} ({columns}) values ({marks})", expected[table]
        )
    old.conn.execute("analyze")
    old.conn.commit()
    migrations.apply(old)
    kept = "select name from sqlite_master where name like 'sqlite_stat_'"
    assert old.conn.execute(kept).fetchall() == []
    for table, columns in _BEFORE.items():
        found = old.conn.execute(f"select {columns} from {table}").fetchall()
        assert sorted(found) == sorted(expected[table])
        assert found
    assert old.conn.execute("pragma integrity_check").fetchall() == [("ok",)]
    old.close()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 20, 12, 0, 1, 999_999, tzinfo=UTC),
        datetime(2039, 1, 1, tzinfo=UTC),
    ],
)
def test_seconds_say_the_same_as_text(
    conn: sqlite3.Connection, moment: datetime
) -> None:
    (text,) = conn.execute(
        "select strftime('%Y-%m-%dT%H:%M:%SZ', ?, 'unixepoch')", (to_seconds(moment),)
    ).fetchone()
    assert text == to_text(moment)


def test_names_are_looked_up_by_name_and_only_numbers_may_repeat(
    tmp_path: Path,
) -> None:
    db = open_database(fixture.make(tmp_path / "n.db"))
    put = "insert into copies (post_id, scheme, value, source_id) values (?, ?, ?, ?)"
    for post in (1, 2):  # two servers' numbers, or one that forgot its own
        db.conn.execute(put, (post, "local_id", "7", 1))
    db.conn.execute(put, (1, "bridge", "https://b.example/1", 0))
    with pytest.raises(sqlite3.IntegrityError):
        db.conn.execute(put, (2, "bridge", "https://b.example/1", 0))
    names = ["https://b.example/1", "7"]
    assert ids_by_name(db.conn, names) == {"https://b.example/1": 1}
    steps = plan(
        db.conn,
        "select value, post_id from copies where scheme <> 'local_id' "
        "and source_id = 0 and value in (select value from json_each(?))",
        ("[]",),
    )
    assert "SEARCH copies USING COVERING INDEX copies_named" in steps
    db.close()


def test_a_post_that_is_met_again_and_joined_keeps_its_first_and_last_time(
    tmp_path: Path,
) -> None:
    db = open_database(fixture.make(tmp_path / "o.db"))
    db.conn.execute("delete from observations")
    at = datetime(2025, 5, 11, 9, tzinfo=UTC)
    put = (
        "insert into observations (post_id, term_id, source_id, first_s, lasted_s, "
        "matched_by) values (?, 1, 1, ?, ?, 'tag')"
    )
    db.conn.execute(put, (1, to_seconds(at), 3600))
    db.conn.execute(put, (2, to_seconds(at - timedelta(minutes=5)), 60))
    db.conn.execute("begin")
    merging.merge(db.conn, [frozenset({1, 2})])
    db.conn.execute("commit")
    told = "select first_at, last_at from observations"
    assert db.conn.execute(told).fetchall() == [
        ("2025-05-11T08:55:00Z", "2025-05-11T10:00:00Z")
    ]
    assert [one for one in checks.problems(db) if "observations" in one] == []
    db.close()


def test_messages_of_an_hour_are_found_by_its_number(conn: sqlite3.Connection) -> None:
    (told,) = conn.execute(
        "select count(*) from hourly_messages "
        "where hour <> strftime('%Y-%m-%dT%H:00:00Z', hour_no * 3600, 'unixepoch')"
    ).fetchone()
    assert told == 0
    asked = "select 1 from hourly_messages where campaign_id = 1 and hour_no = 5"
    assert "(campaign_id=? AND hour_no=?)" in plan(conn, asked)


def test_generated_columns_are_described_too(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "x.db")) as db:
        found = {name: kind for name, kind, _ in reads.columns(db, "observations")}
    assert found["first_at"] == found["last_at"] == "TEXT"


def test_no_statistics_have_a_whole_table_read_for_a_few_rows(tmp_path: Path) -> None:
    db = open_database(fixture.make(tmp_path / "x.db"))
    checks.tidy(db, fixture.NOW)
    kept = "select name from sqlite_master where name like 'sqlite_stat_'"
    assert db.conn.execute(kept).fetchall() == []
    db.conn.create_function("escape_fts", 1, str)
    for name, query in queries().items():
        steps = plan(db.conn, query.sql, query.bind({}))
        assert "BLOOM FILTER" not in steps, name
    db.close()


@pytest.mark.parametrize("name", ["volume", "sentiment", "event_counts"])
def test_counts_by_time_are_read_in_their_order(
    conn: sqlite3.Connection, name: str
) -> None:
    query = queries()[name]
    steps = plan(conn, query.sql, query.bind({})).splitlines()
    begin = steps.index(
        "SEARCH k USING PRIMARY KEY (campaign_id=? AND hour>? AND hour<?)"
    )
    assert "GROUP BY" not in steps[begin + 1], steps[begin : begin + 3]


SPANS = st.lists(
    st.tuples(st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]),
              st.integers(0, 300), st.integers(1, 300)),
    max_size=14,
)  # fmt: skip
BEGIN = fixture.NOW.replace(minute=0) - timedelta(hours=4)
PLATFORMS = {1: "mastodon", 2: "mastodon", 3: "bluesky"}


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(SPANS, st.booleans())
@example([((s, t), 0, 300) for s in (1, 2, 3) for t in (1, 2)], False)
@example([((3, 1), 0, 100), ((3, 1), 100, 300), ((3, 2), 0, 300)], True)
def test_what_was_seen_at_once_is_what_was_seen_hour_by_hour(
    conn: sqlite3.Connection, spans: list[tuple[tuple[int, int], int, int]], late: bool
) -> None:
    """The share of each hour, added up here from minutes."""
    seen = _laid(spans)
    joined = 90 if late else 0  # minutes after the beginning: the second term
    conn.execute("savepoint before")
    conn.execute("delete from coverage")
    conn.execute("delete from terms where campaign_id = 1 and id > 2")
    conn.execute("update terms set removed_at = null where id in (1, 2)")
    conn.execute("update terms set from_start = 1 where id in (1, 2)")
    if late:
        came = "update terms set added_at = ?, from_start = 0 where id = 2"
        conn.execute(came, (to_text(BEGIN + timedelta(minutes=joined)),))
    conn.executemany(
        "insert into coverage (source_id, term_id, from_at, to_at, state) "
        "values (?, ?, ?, ?, 'complete')",
        [
            (*pair, to_text(BEGIN + timedelta(minutes=run[0])),
             to_text(BEGIN + timedelta(minutes=run[-1] + 1)))
            for pair, minutes in seen.items()
            for run in _runs(minutes)
        ],
    )  # fmt: skip
    query = queries()["volume"]
    given_ = {"campaign": "labourleaks", "bucket": "hour", "from_at": to_text(BEGIN)}
    bound = query.bind({**given_, "to_at": to_text(BEGIN + timedelta(hours=4))})
    rows = conn.execute(query.sql, bound).fetchall()
    conn.execute("rollback to before")
    found = {
        (bucket, platform): covered for bucket, platform, _, _, covered, *_ in rows
    }
    for hour in range(4):
        for platform in set(PLATFORMS.values()):
            bucket = to_text(BEGIN + timedelta(hours=hour))
            expected = _share(seen, platform, hour, joined)
            assert found.get((bucket, platform), 0.0) == pytest.approx(
                expected, abs=0.001
            )


def _laid(
    spans: list[tuple[tuple[int, int], int, int]],
) -> dict[tuple[int, int], set[int]]:
    seen: dict[tuple[int, int], set[int]] = {}
    for pair, one, two in spans:
        begin, end = sorted((one, two))
        seen.setdefault(pair, set()).update(range(begin, end + 1))
    return seen


def _runs(minutes: set[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for minute in sorted(minutes):
        if runs and minute == runs[-1][-1] + 1 and minute % 97:  # spans that touch, too
            runs[-1].append(minute)
        else:
            runs.append([minute])
    return runs


def _share(
    seen: dict[tuple[int, int], set[int]], platform: str, hour: int, joined: int
) -> float:
    sources = []
    for source in (s for s, name in PLATFORMS.items() if name == platform):
        shares = [
            len(minutes & set(range(hour * 60, hour * 60 + 60))) / 60
            for (met, term), minutes in seen.items()
            if met == source and (term == 1 or joined < hour * 60 + 60)
        ]
        sources += [min(shares)] if shares else []
    return max(sources, default=0.0)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 9 * 1440), st.integers(1, 7 * 1440))
@example(0, 1440)
@example(2 * 1440, 7 * 1440)
@example(1439, 2)
def test_languages_by_days_and_hours_are_those_of_the_hours(
    conn: sqlite3.Connection, back: int, minutes: int
) -> None:
    midnight = fixture.NOW.replace(hour=0, minute=0, second=0)
    begin = midnight - timedelta(minutes=back)
    end = min(begin + timedelta(minutes=minutes), fixture.NOW)
    query = queries()["languages"]
    span = {"from_at": to_text(begin), "to_at": to_text(end)}
    found = conn.execute(
        query.sql, query.bind({"campaign": "labourleaks", "top": 1000, **span})
    ).fetchall()
    expected = conn.execute(
        "select lang, sum(posts), sum(iif(sentiment = 'unscored', posts, 0)) from hourly "
        "where campaign_id = 1 and hour >= substr(?, 1, 13) and hour < ? "
        "group by 1 having sum(posts) > 0 order by 2 desc, 1",
        tuple(span.values()),
    ).fetchall()
    assert found == expected


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 9 * 1440), st.integers(1, 7 * 1440), st.integers(0, 9 * 1440))
@example(0, 1440, 0)
@example(2 * 1440, 7 * 1440, 1500)
@example(1439, 2, 0)
def test_terms_by_days_and_hours_are_those_of_the_hours(
    conn: sqlite3.Connection, back: int, minutes: int, joined: int
) -> None:
    """joined: minutes before now that the second term was added."""
    midnight = fixture.NOW.replace(hour=0, minute=0, second=0)
    begin = midnight - timedelta(minutes=back)
    end = min(begin + timedelta(minutes=minutes), fixture.NOW)
    late = fixture.NOW - timedelta(minutes=joined)
    span = {"from_at": to_text(begin), "to_at": to_text(end)}
    conn.execute("savepoint before")
    conn.execute("update terms set removed_at = null where id in (1, 2)")
    conn.execute(
        "update terms set added_at = ?, from_start = 0 where id = 2", (to_text(late),)
    )
    query = queries()["term_shares"]
    found = conn.execute(query.sql, query.bind({"campaign": "labourleaks", **span}))
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found]
    conn.execute("rollback to before")
    hours = (
        "from {} where campaign_id = 1 {} and hour >= substr(?, 1, 13) and hour < ? "
    )
    whole = "select coalesce(sum(posts), 0) " + hours.format("hourly", "")
    one = "select coalesce(sum(posts), 0) " + hours.format(
        "hourly_terms", "and term_id = (select id from terms where value = ?)"
    )
    for row in rows:
        of = (row["value"], span["from_at"], span["to_at"])
        assert row["posts"] == conn.execute(one, of).fetchone()[0]
        since = row["compared_from"]
        if since is None:
            assert late + timedelta(hours=1) > end.replace(minute=0)
            continue
        joined_at = _next_hour(late, begin) if late < end else ""
        assert since[:13] == max(span["from_at"], joined_at)[:13]
        of = (row["value"], since, span["to_at"])
        assert row["compared"] == conn.execute(one, of).fetchone()[0]
        (base,) = conn.execute(whole, (since, span["to_at"])).fetchone()
        share = round(row["compared"] / base, 4) if base else None
        assert row["share"] == (pytest.approx(share) if base else None)


def _next_hour(moment: datetime, begin: datetime) -> str:
    """From when on a term counts that was added then; one of before the time always."""
    if moment < begin:
        return ""
    return to_text(moment.replace(minute=0, second=0) + timedelta(hours=1))
