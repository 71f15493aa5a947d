-- Counts of each term, with all that a campaign's own counts are by: for its share, for the
-- pages narrowed to it, and for what followed an event with it as the control. A post with
-- two terms counts for both.

create table hourly_terms (
  campaign_id integer not null references campaigns(id),
  term_id integer not null references terms(id), hour text not null,
  platform text not null, lang text not null, sentiment text not null,
  posts integer not null, removed integer not null, polarity_sum real not null,
  with_evidence integer not null, without_evidence integer not null,
  primary key (campaign_id, term_id, hour, platform, lang, sentiment)
) strict, without rowid;
insert into hourly_terms
select m.campaign_id, m.term_id, substr(p.published_at, 1, 13) || ':00:00Z', p.platform,
  p.lang, coalesce(p.sentiment, 'unscored'), sum(p.state in ('live', 'edited')),
  sum(p.state not in ('live', 'edited')),
  total(p.polarity),
  count(*) filter (where p.state in ('live', 'edited') and p.sentiment = 'neutral'
    and p.evidence),
  count(*) filter (where p.state in ('live', 'edited') and p.sentiment = 'neutral'
    and not p.evidence)
from matches m join posts p on p.id = m.post_id
group by 1, 2, 3, 4, 5, 6;
create index hourly_terms_empty on hourly_terms (campaign_id)
  where posts = 0 and removed = 0;

drop table daily_terms;
create table daily_terms (
  campaign_id integer not null references campaigns(id),
  term_id integer not null references terms(id), day text not null,
  platform text not null, lang text not null, sentiment text not null,
  posts integer not null, removed integer not null, polarity_sum real not null,
  with_evidence integer not null, without_evidence integer not null,
  primary key (campaign_id, term_id, day, platform, lang, sentiment)
) strict, without rowid;
insert into daily_terms
select campaign_id, term_id, substr(hour, 1, 10), platform, lang, sentiment, sum(posts),
  sum(removed), total(polarity_sum), sum(with_evidence), sum(without_evidence)
from hourly_terms group by 1, 2, 3, 4, 5, 6;
create index daily_terms_empty on daily_terms (campaign_id)
  where posts = 0 and removed = 0;
