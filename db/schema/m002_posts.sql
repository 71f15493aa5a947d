-- Posts, their authors, and how each was met.

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
