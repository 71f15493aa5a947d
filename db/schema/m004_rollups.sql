-- Counts kept with the posts, so that no page counts rows.

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
