-- Distinct voices of any time from a sample, so that the cost of counting does not grow
-- with the posts. `draw` is a number for each account: what lies below a bound is a part of
-- them at random, and a range of the key. The multiplier is Knuth's, odd, so that no two
-- accounts draw the same. A message's number is as good as drawn: its words make it.

alter table daily_voices rename to daily_voices_before;
create table daily_voices (
  campaign_id integer not null references campaigns(id), day text not null,
  draw integer not null,             -- author_id * 2654435761 & 2147483647
  author_id integer not null references authors(id), platform text not null,
  posts integer not null, primary key (campaign_id, day, draw, author_id, platform)
) strict, without rowid;
insert into daily_voices
select campaign_id, day, author_id * 2654435761 & 2147483647, author_id, platform, posts
from daily_voices_before;
drop table daily_voices_before;
create index daily_voices_empty on daily_voices (campaign_id) where posts = 0;

-- Whoever wrote a post that does not say by whom has one post, and is nobody's voice.
create index authors_unnamed on authors (id) where uri glob '*:author-of:*';

create table daily (
  campaign_id integer not null references campaigns(id), day text not null,
  platform text not null, lang text not null, sentiment text not null,
  posts integer not null, removed integer not null, polarity_sum real not null,
  primary key (campaign_id, day, platform, lang, sentiment)
) strict, without rowid;
create index daily_empty on daily (campaign_id) where posts = 0 and removed = 0;
insert into daily
select campaign_id, substr(hour, 1, 10), platform, lang, sentiment, sum(posts),
  sum(removed), total(polarity_sum)
from hourly group by 1, 2, 3, 4, 5;

-- Newest first, for one campaign or all, without sorting: the time is the match's, which
-- is the post's, and a match is always looked at before its post.
create index matches_timeline on matches (published_at, post_id) where first;
drop view timeline;
create view timeline as
select
  p.id, c.slug as campaign, m.published_at, p.platform,
  a.handle, a.display_name as author, p.title, p.text, p.content_warning,
  (select group_concat(h.tag, ' ') from post_hashtags ph
    join hashtags h on h.id = ph.hashtag_id where ph.post_id = p.id) as hashtags,
  p.lang, p.sentiment, p.polarity, p.confidence, p.unscored,
  p.replies, p.reposts, p.likes, p.quotes, p.views,
  p.kind, p.state, p.url, p.uri, p.observed_at
from matches m
join campaigns c on c.id = m.campaign_id
cross join posts p on p.id = m.post_id
cross join authors a on a.id = p.author_id
where m.first and p.state in ('live', 'edited');
