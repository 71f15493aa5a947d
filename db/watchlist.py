"""Campaigns, terms and sources as the configuration names them, kept with their history:
what was taken out stays, with the time it was removed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from collectors.base import Term
from db.connection import transaction
from db.parameters import listed
from db.records import TermRow
from db.times import from_text, to_text


@dataclass(frozen=True, slots=True)
class WatchedCampaign:
    """A campaign to watch. timezone: an IANA name, as Europe/London."""

    slug: str
    title: str
    description: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    terms: tuple[Term, ...]
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class WatchedSource:
    """A source to read. settings_hash changes when staff change its settings."""

    slug: str
    platform: str
    base_url: str
    settings_hash: str


def sync(
    db: Database,
    campaigns: Sequence[WatchedCampaign],
    sources: Sequence[WatchedSource],
    now: datetime,
) -> None:
    """Bring the database in step with the configuration, in one transaction."""
    with transaction(db) as conn:
        _sync_campaigns(conn, campaigns, now)
        _sync_sources(conn, sources, now)


def describe(db: Database, campaigns: Sequence[WatchedCampaign]) -> list[str]:
    """Bring titles, descriptions and time zones of the campaigns that are there in step
    with the configuration; the slugs of those that changed. Terms and sources stay as the
    collector left them: when they were added and removed is what coverage rests on. Raises
    StoreError, as where another process writes."""
    told = {one.slug: (one.title, one.description, one.timezone) for one in campaigns}
    stored = db.conn.execute(
        "select slug, title, description, timezone from campaigns "
        "where removed_at is null"
    ).fetchall()
    changed = [slug for slug, *had in stored if told.get(slug, (*had,)) != (*had,)]
    if changed:
        with transaction(db) as conn:
            conn.executemany(
                "update campaigns set title = ?, description = ?, timezone = ? "
                "where slug = ? and removed_at is null",
                [(*told[slug], slug) for slug in changed],
            )
    return changed


def _sync_campaigns(
    conn: sqlite3.Connection, campaigns: Sequence[WatchedCampaign], now: datetime
) -> None:
    conn.execute(
        "update campaigns set removed_at = ? where removed_at is null", (to_text(now),)
    )
    for campaign in campaigns:
        conn.execute(
            "insert into campaigns "
            "(slug, title, description, starts_at, ends_at, timezone) "
            "values (?, ?, ?, ?, ?, ?) on conflict (slug) do update set "
            "title = excluded.title, description = excluded.description, "
            "starts_at = excluded.starts_at, ends_at = excluded.ends_at, "
            "timezone = excluded.timezone, removed_at = null",
            (
                campaign.slug,
                campaign.title,
                campaign.description,
                to_text(campaign.starts_at) if campaign.starts_at else None,
                to_text(campaign.ends_at) if campaign.ends_at else None,
                campaign.timezone,
            ),
        )
        _sync_terms(conn, campaign, now)
    conn.execute(
        "update terms set removed_at = ?, reason = 'its campaign was taken out' "
        "where removed_at is null and campaign_id in "
        "(select id from campaigns where removed_at is not null)",
        (to_text(now),),
    )


def _sync_terms(
    conn: sqlite3.Connection, campaign: WatchedCampaign, now: datetime
) -> None:
    (campaign_id,) = conn.execute(
        "select id from campaigns where slug = ?", (campaign.slug,)
    ).fetchone()
    wanted = {(term.kind, term.key): term.value for term in campaign.terms}
    stored = conn.execute(
        "select id, kind, value from terms where campaign_id = ? and removed_at is null",
        (campaign_id,),
    ).fetchall()
    conn.executemany(
        "update terms set removed_at = ?, reason = 'taken out of the configuration' "
        "where id = ?",
        [(to_text(now), i) for i, kind, value in stored if (kind, value) not in wanted],
    )
    (is_new,) = conn.execute(
        "select not exists (select 1 from terms where campaign_id = ?)", (campaign_id,)
    ).fetchone()
    conn.executemany(
        "insert into terms (campaign_id, kind, value, display, added_at, from_start) "
        "values (?, ?, ?, ?, ?, ?) on conflict do update set display = excluded.display, "
        "added_at = case when removed_at is null then added_at else excluded.added_at end, "
        "removed_at = null, reason = null",
        [
            (campaign_id, kind, value, display, to_text(now), is_new)
            for (kind, value), display in wanted.items()
        ],
    )


def _sync_sources(
    conn: sqlite3.Connection, sources: Sequence[WatchedSource], now: datetime
) -> None:
    conn.execute(
        # Imported archives are no source that the configuration could name.
        "update sources set state = 'removed', next_due_at = null "
        "where platform <> 'archive' and slug not in (select value from json_each(?))",
        (listed(source.slug for source in sources),),
    )
    for source in sources:
        _forget_other_address(conn, source)
        # Changed settings give a parked source a new start.
        conn.execute(
            "insert into sources (slug, platform, base_url, settings_hash, next_due_at) "
            "values (:slug, :platform, :base_url, :hash, :now) "
            "on conflict (slug) do update set platform = excluded.platform, "
            "base_url = excluded.base_url, settings_hash = excluded.settings_hash, "
            "state = case when settings_hash <> excluded.settings_hash "
            "or state = 'removed' then 'new' else state end, "
            "facts = case when settings_hash <> excluded.settings_hash "
            "then '{}' else facts end, "
            "probed_at = case when settings_hash <> excluded.settings_hash "
            "then null else probed_at end",
            {
                "slug": source.slug,
                "platform": source.platform,
                "base_url": source.base_url,
                "hash": source.settings_hash,
                "now": to_text(now),
            },
        )


def _forget_other_address(conn: sqlite3.Connection, source: WatchedSource) -> None:
    """Another server behind an old name: its ids and places mean nothing there."""
    row = conn.execute(
        "select id from sources where slug = ? and (platform <> ? or base_url <> ?)",
        (source.slug, source.platform, source.base_url),
    ).fetchone()
    if row is not None:
        conn.execute("delete from walks where source_id = ?", row)
        conn.execute("delete from rechecks where source_id = ?", row)
        conn.execute(
            "delete from copies where scheme = 'local_id' and source_id = ?", row
        )


def active_terms(db: Database) -> list[TermRow]:
    """The terms that are watched now, oldest first."""
    rows = db.conn.execute(
        "select t.id, t.campaign_id, c.slug, t.kind, t.value, t.display, t.added_at "
        "from terms t join campaigns c on c.id = t.campaign_id "
        "where t.removed_at is null and c.removed_at is null order by t.id"
    )
    return [
        TermRow(i, campaign_id, slug, kind, value, display, from_text(added))
        for i, campaign_id, slug, kind, value, display, added in rows
    ]


def source_ids(db: Database) -> dict[str, int]:
    """The ids of the sources that are read now, by slug; imports are none."""
    rows = db.conn.execute(
        "select slug, id from sources where state <> 'removed' and platform <> 'archive'"
    )
    return dict(rows.fetchall())


def set_meta(db: Database, key: str, value: str) -> None:
    """Note a fact about this database, such as simulated = 1."""
    with transaction(db) as conn:
        conn.execute(
            "insert into meta (key, value) values (?, ?) "
            "on conflict (key) do update set value = excluded.value",
            (key, value),
        )


def get_meta(db: Database, key: str) -> str | None:
    """A fact noted about this database, None where there is none."""
    row = db.conn.execute("select value from meta where key = ?", (key,)).fetchone()
    return row[0] if row else None


def note_probe(
    db: Database,
    source_id: int,
    facts: str,
    *,
    now: datetime,
    parked: str | None = None,
) -> None:
    """Keep what a probe learnt (JSON). parked: why the source cannot be read, if so."""
    with transaction(db) as conn:
        conn.execute(
            "update sources set facts = ?, probed_at = ?, "
            "state = case when ? is null then state else 'parked' end, "
            "last_error = coalesce(?, last_error) where id = ?",
            (facts, to_text(now), parked, parked, source_id),
        )


def park(db: Database, source_id: int, why: str) -> None:
    """Leave a source alone until its settings change."""
    with transaction(db) as conn:
        conn.execute(
            "update sources set state = 'parked', last_error = ? where id = ? "
            "and (state <> 'parked' or last_error is not ?)",
            (why, source_id, why),
        )


def probed(db: Database, source_id: int) -> tuple[str, datetime | None]:
    """What the last probe learnt (JSON), and when it was."""
    facts, at = db.conn.execute(
        "select facts, probed_at from sources where id = ?", (source_id,)
    ).fetchone()
    return facts, from_text(at) if at else None


def base_url(conn: sqlite3.Connection, source_id: int) -> str:
    """A source's address; empty for the source that archives are of."""
    (found,) = conn.execute(
        "select base_url from sources where id = ?", (source_id,)
    ).fetchone()
    return str(found)
