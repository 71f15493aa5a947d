-- Posts by term and day, for each term's share of what a campaign found. A post with two
-- terms counts for both.

create table daily_terms (
  campaign_id integer not null references campaigns(id), day text not null,
  term_id integer not null references terms(id), platform text not null,
  posts integer not null, primary key (campaign_id, day, term_id, platform)
) strict, without rowid;
insert into daily_terms
select m.campaign_id, substr(p.published_at, 1, 10), m.term_id, p.platform, count(*)
from matches m join posts p on p.id = m.post_id
where p.state in ('live', 'edited') group by 1, 2, 3, 4;
create index daily_terms_empty on daily_terms (campaign_id) where posts = 0;
