"""The schema, as migrations in frozen SQL: a step never changes and imports nothing of
ours. Each runs in one transaction together with the row that records it.

Times are UTC text YYYY-MM-DDTHH:MM:SSZ. A count that nobody sent is NULL, never 0.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("groundswell")

_WATCHING = """
create table meta (key text primary key, value text not null) strict;

create table campaigns (
  id integer primary key, slug text not null unique, title text not null,
  description text, starts_at text, ends_at text, removed_at text
) strict;

create table terms (
  id integer primary key, campaign_id integer not null references campaigns(id),
  kind text not null check (kind in ('hashtag', 'phrase', 'account', 'domain', 'feed')),
  value text not null,               -- as it is compared: casefolded NFKC, no "#"
  display text not null,             -- as staff wrote it
  added_at text not null, removed_at text, reason text,
  unique (campaign_id, kind, value)
) strict;

create table sources (
  id integer primary key, slug text not null unique, platform text not null,
  base_url text not null,
  state text not null default 'new' check (state in
    ('new', 'ok', 'limited', 'failing', 'parked', 'removed')),
  next_due_at text, last_ok_at text, last_error text,
  facts text not null default '{}',  -- what the last probe learnt, JSON
  probed_at text, settings_hash text not null default ''
) strict;

create table walks (                 -- one row a job: when it is due, where it resumes
  source_id integer not null references sources(id),
  term_id integer not null default 0,  -- 0: one walk serves all terms
  walk text not null check (walk in ('forward', 'back', 'settle', 'recheck')),
  next_due_at text not null, interval_s integer not null,
  failures integer not null default 0, checkpoint text, checkpoint_at text,
  primary key (source_id, term_id, walk)
) strict, without rowid;

create table runs (
  id integer primary key, source_id integer not null references sources(id),
  term_id integer not null default 0, walk text not null,
  started_at text not null, finished_at text,
  outcome text check (outcome in ('complete', 'capped', 'broken')),
  requests integer not null default 0, seen integer not null default 0,
  new integer not null default 0, rejected integer not null default 0,
  skipped text, error text
) strict;
create index runs_newest on runs (source_id, started_at);
create index runs_started on runs (started_at);

create table rejected (              -- items that could not be read, with their reason
  id integer primary key, run_id integer not null references runs(id),
  item text not null, reason text not null
) strict;
create index rejected_run on rejected (run_id);

create table coverage (
  source_id integer not null references sources(id),
  term_id integer not null references terms(id),
  from_at text not null, to_at text not null check (to_at > from_at),
  state text not null check (state in ('complete', 'overlapping', 'capped', 'blind')),
  run_id integer references runs(id), evidence text,
  primary key (source_id, term_id, from_at)
) strict, without rowid;
create index coverage_run on coverage (run_id);
"""

_POSTS = """
create table authors (
  id integer primary key, platform text not null, uri text not null unique,
  handle text, display_name text, url text, followers integer,
  bot integer, opt_out integer, first_seen_at text not null,
  state text not null default 'active' check (state in ('active', 'withheld', 'deleted'))
) strict;

create table posts (
  id integer primary key, platform text not null, uri text not null unique, url text,
  kind text not null check (kind in
    ('post', 'reply', 'repost', 'quote', 'article', 'comment', 'video')),
  author_id integer not null references authors(id),
  text text not null, title text, content_warning text, sensitive integer,
  lang text not null default 'und', lang_declared text,
  published_at text not null, edited_at text, observed_at text not null,
  state text not null default 'live' check (state in
    ('live', 'edited', 'deleted', 'withheld')),
  reply_to text, repost_of text, quote_of text,
  replies integer, reposts integer, likes integer, quotes integer, views integer,
  polarity real, subjectivity real,
  sentiment text check (sentiment in ('negative', 'neutral', 'positive')),
  confidence real, unscored text, scorer text,
  bridged integer not null default 0,  -- 1 while only a bridge's copy was met
  check ((sentiment is null) = (unscored is not null)),
  check ((polarity is null) >= (unscored is not null))
) strict;
create index posts_published on posts (published_at);
create index posts_platform on posts (platform, published_at);
create index posts_author on posts (author_id, published_at);
create index posts_sentiment on posts (sentiment, published_at);
create index posts_lang on posts (lang, published_at);

create table matches (
  campaign_id integer not null references campaigns(id),
  post_id integer not null references posts(id),
  term_id integer not null references terms(id),
  published_at text not null,
  first integer not null default 0,  -- 1 on one row of each campaign and post
  primary key (campaign_id, post_id, term_id)
) strict, without rowid;
create index matches_newest on matches (campaign_id, published_at, post_id) where first;
create index matches_post on matches (post_id);

create table observations (
  post_id integer not null references posts(id),
  term_id integer not null references terms(id),
  source_id integer not null references sources(id),
  first_at text not null, last_at text not null,
  matched_by text not null check (matched_by in ('tag', 'text', 'url', 'author', 'server')),
  primary key (post_id, term_id, source_id)
) strict, without rowid;

-- The key's columns come first: SQLite 3.40's integrity_check misreads NOT NULL of
-- others in a table without rowid.
create table copies (
  scheme text not null check (scheme in ('local_id', 'uri', 'url', 'bridge')),
  source_id integer not null default 0, value text not null,
  post_id integer not null references posts(id),
  primary key (scheme, source_id, value)
) strict, without rowid;
create index copies_post on copies (post_id);

create table hashtags (id integer primary key, tag text not null unique) strict;
create table post_hashtags (
  post_id integer not null references posts(id),
  hashtag_id integer not null references hashtags(id),
  primary key (post_id, hashtag_id)
) strict, without rowid;
create index post_hashtags_tag on post_hashtags (hashtag_id, post_id);

create table links (
  id integer primary key, url text not null unique, domain text not null, title text
) strict;
create index links_domain on links (domain);
create table post_links (
  post_id integer not null references posts(id),
  link_id integer not null references links(id),
  primary key (post_id, link_id)
) strict, without rowid;
create index post_links_link on post_links (link_id, post_id);

create table mentions (
  post_id integer not null references posts(id), account text not null,
  primary key (post_id, account)
) strict, without rowid;

create table media (
  post_id integer not null references posts(id), position integer not null,
  type text not null, url text not null, preview_url text, alt text,
  primary key (post_id, position)
) strict, without rowid;

create table metrics (
  post_id integer not null references posts(id),
  source_id integer not null references sources(id), at text not null,
  replies integer, reposts integer, likes integer, quotes integer, views integer,
  primary key (post_id, source_id, at)
) strict, without rowid;

create table revisions (
  post_id integer not null references posts(id), version integer not null,
  seen_at text not null, text text not null, title text, content_warning text,
  primary key (post_id, version)
) strict, without rowid;

create table rechecks (              -- known posts to look at again, by age
  source_id integer not null references sources(id),
  post_id integer not null references posts(id),
  due_at text not null, step integer not null,
  primary key (source_id, post_id)
) strict, without rowid;
create index rechecks_due on rechecks (source_id, due_at);
create index rechecks_post on rechecks (post_id);

create table suppressions (          -- keyed hashes of what must not be stored again
  hash text primary key, kind text not null check (kind in ('post', 'author')),
  at text not null, reason text not null
) strict, without rowid;
"""

_SEARCH = """
create virtual table posts_fts using fts5(
  text, title, content="posts", content_rowid="id",
  tokenize="unicode61 remove_diacritics 2"
);
-- New posts are appended once a batch (stack.md section 3: insert triggers cost a factor
-- of 4 to 6); changed and removed ones, which are few, by these two triggers.
create trigger posts_fts_changed after update of text, title on posts
when old.text is not new.text or old.title is not new.title begin
  insert into posts_fts(posts_fts, rowid, text, title)
    values ('delete', old.id, old.text, old.title);
  insert into posts_fts(rowid, text, title) values (new.id, new.text, new.title);
end;
create trigger posts_fts_removed after delete on posts begin
  insert into posts_fts(posts_fts, rowid, text, title)
    values ('delete', old.id, old.text, old.title);
end;
"""

_ROLLUPS = """
create table hourly (
  campaign_id integer not null references campaigns(id), hour text not null,
  platform text not null, lang text not null,
  sentiment text not null,           -- negative, neutral, positive or unscored
  posts integer not null,            -- live and edited ones
  removed integer not null,          -- deleted and withheld ones: counted, never shown
  polarity_sum real not null,
  primary key (campaign_id, hour, platform, lang, sentiment)
) strict, without rowid;
create index hourly_empty on hourly (campaign_id) where posts = 0 and removed = 0;

create table daily_hashtags (
  campaign_id integer not null references campaigns(id), day text not null,
  hashtag_id integer not null references hashtags(id), platform text not null,
  posts integer not null, primary key (campaign_id, day, hashtag_id, platform)
) strict, without rowid;
create index daily_hashtags_empty on daily_hashtags (campaign_id) where posts = 0;

create table daily_links (
  campaign_id integer not null references campaigns(id), day text not null,
  link_id integer not null references links(id), platform text not null,
  posts integer not null, primary key (campaign_id, day, link_id, platform)
) strict, without rowid;
create index daily_links_link on daily_links (link_id);
create index daily_links_empty on daily_links (campaign_id) where posts = 0;

create table daily_voices (
  campaign_id integer not null references campaigns(id), day text not null,
  author_id integer not null references authors(id), platform text not null,
  posts integer not null, primary key (campaign_id, day, author_id, platform)
) strict, without rowid;
create index daily_voices_empty on daily_voices (campaign_id) where posts = 0;
"""

_STAFF = """
create table events (
  id integer primary key, campaign_id integer not null references campaigns(id),
  at text not null, title text not null, note text, created_by text, created_at text
) strict;
create table alerts (
  id integer primary key, campaign_id integer not null references campaigns(id),
  rule text not null, raised_at text not null, resolved_at text,
  summary text not null, evidence text
) strict;
create table labels (
  post_id integer not null references posts(id), labelled_by text not null,
  label text not null check (label in ('negative', 'neutral', 'positive', 'unclear')),
  at text not null, primary key (post_id, labelled_by)
) strict, without rowid;
create table notes (
  id integer primary key, post_id integer not null references posts(id),
  status text, assignee text, note text, written_by text, at text not null
) strict;
"""

_TIMELINE = """
create view timeline as
select
  p.id, c.slug as campaign, p.published_at, p.platform,
  a.handle, a.display_name as author, p.title, p.text, p.content_warning,
  (select group_concat(h.tag, ' ') from post_hashtags ph
    join hashtags h on h.id = ph.hashtag_id where ph.post_id = p.id) as hashtags,
  p.lang, p.sentiment, p.polarity, p.confidence, p.unscored,
  p.replies, p.reposts, p.likes, p.quotes, p.views,
  p.kind, p.state, p.url, p.uri, p.observed_at
from matches m
join campaigns c on c.id = m.campaign_id
join posts p on p.id = m.post_id
join authors a on a.id = p.author_id
where m.first and p.state in ('live', 'edited');
"""


def _run(db: Database, script: str) -> None:
    """Statement by statement: executescript would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if _complete(statement):
            db.execute(statement)
            statement = ""


def _complete(statement: str) -> bool:
    import sqlite3

    return bool(statement.strip()) and sqlite3.complete_statement(statement)


@migrations()
def m001_watching(db: Database) -> None:
    """What is watched, where, and what was seen of it."""
    _run(db, _WATCHING)


@migrations()
def m002_posts(db: Database) -> None:
    """Posts, their authors, and how each was met."""
    _run(db, _POSTS)


@migrations()
def m003_search(db: Database) -> None:
    """Full-text search over text and title."""
    _run(db, _SEARCH)


@migrations()
def m004_rollups(db: Database) -> None:
    """Counts kept with the posts, so that no page counts rows."""
    _run(db, _ROLLUPS)


@migrations()
def m005_staff(db: Database) -> None:
    """What staff write: diary, labels, triage; and what the monitor raised."""
    _run(db, _STAFF)


@migrations()
def m006_timeline(db: Database) -> None:
    """One row per live post and campaign, for people and scripts."""
    _run(db, _TIMELINE)
