"""Migrations that put right what an older version had wrong."""

from __future__ import annotations

from sqlite_utils import Database

from db.migrations import migrations


def test_what_a_search_of_x_never_reached_is_no_longer_called_seen() -> None:
    old = Database(memory=True)
    migrations.apply(old, stop_before="m029_x_past")
    old.conn.execute("begin")
    watch_x(old)
    old.conn.executemany(
        "insert into coverage (source_id, term_id, from_at, to_at, state, run_id) "
        "values (?, 1, ?, ?, 'overlapping', ?)",
        [
            (1, "2026-11-01T00:00:00Z", "2026-11-14T12:00:00Z", 1),  # straddles
            (1, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", 1),  # all beyond
            (1, "2026-11-14T12:00:00Z", "2026-11-20T00:00:00Z", 2),  # a forward walk
            (2, "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z", 3),  # another platform
        ],
    )
    old.conn.execute("commit")
    migrations.apply(old)
    rows = old.conn.execute(
        "select source_id, from_at, to_at, state from coverage order by 1, 2"
    ).fetchall()
    assert rows == [
        (1, "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "capped"),
        (1, "2026-11-01T00:00:00Z", "2026-11-13T09:00:00Z", "capped"),
        (1, "2026-11-13T09:00:00Z", "2026-11-14T12:00:00Z", "overlapping"),
        (1, "2026-11-14T12:00:00Z", "2026-11-20T00:00:00Z", "overlapping"),
        (2, "2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z", "overlapping"),
    ]


def watch_x(db: Database) -> None:
    """A source of X, one of Mastodon, and a walk of each kind."""
    db.conn.execute("insert into campaigns (id, slug, title) values (1, 'a', 'A')")
    db.conn.execute(
        "insert into terms (id, campaign_id, kind, value, display, added_at) "
        "values (1, 1, 'hashtag', 'a', 'A', '2026-11-01T00:00:00Z')"
    )
    db.conn.executemany(
        "insert into sources (id, slug, platform, base_url, state) "
        "values (?, ?, ?, '', 'ok')",
        [(1, "x", "x"), (2, "m", "mastodon")],
    )
    db.conn.executemany(
        "insert into runs (id, source_id, term_id, walk, started_at, finished_at, "
        "outcome, requests, seen, new, rejected) "
        "values (?, ?, 0, ?, '2026-11-20T09:00:00Z', '2026-11-20T09:00:00Z', "
        "'complete', 1, 0, 0, 0)",
        [(1, 1, "back"), (2, 1, "forward"), (3, 2, "back")],
    )
