-- Posts drawn at random for staff to label: only a random sample may correct what an engine
-- counted. A draw knows how many posts it was drawn from, so that each post's chance of
-- having been drawn is known later.

create table draws (
  id integer primary key, campaign_id integer not null references campaigns(id),
  from_at text not null, to_at text not null,
  population integer not null,       -- scored live posts of that time
  size integer not null,             -- posts that were asked for
  at text not null
) strict;
create index draws_campaign on draws (campaign_id);
create table samples (
  campaign_id integer not null references campaigns(id),
  post_id integer not null references posts(id),
  draw_id integer not null references draws(id),
  primary key (campaign_id, post_id)
) strict, without rowid;
create index samples_post on samples (post_id);
