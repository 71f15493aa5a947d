-- sums: the {key}s of the asked days with most posts, at least as many as were asked for.
-- Each day's leaders are read in order. Whoever is none of them has at most `cut` posts on
-- one platform that day, `most` in all (times {accounts}, where several are one). Where
-- those who lead have more than that, nobody else need be looked at; else all are added up.
each_day(day) as (
  select first_day from asked
  union all
  select date(day, '+1 day') from each_day, asked where day < date(end_day, '-1 day')
),
cuts as materialized (
  select a.campaign_id, d.day, coalesce((
    select l.posts from {table} l indexed by {table}_leading
    where l.campaign_id = a.campaign_id and l.day = d.day and l.posts > 1
      and (:platform = '' or l.platform = :platform)
    order by l.posts desc limit 1 offset 299
  ), 1) as cut
  from each_day d
  cross join asked a
),
ahead as materialized (
  select l.{key} as key, sum(l.posts) as posts
  from cuts c
  cross join {table} l indexed by {table}_leading
    on l.campaign_id = c.campaign_id and l.day = c.day and l.posts > 1 and l.posts > c.cut
  where :platform = '' or l.platform = :platform
  group by 1
  having {eligible}
),
bar as materialized (
  select
    coalesce((
      select posts from ahead order by posts desc
      limit 1 offset (select top - 1 from topped)
    ), 0) as least,
    (select sum(cut) from cuts) * {accounts} * iif(:platform <> '', 1, (
      select count(distinct d.platform) from asked a, daily d
      where d.campaign_id = a.campaign_id and d.day >= a.first_day and d.day < a.end_day
    )) as most
),
sums as materialized (
  select a.key, sum(l.posts) as posts, count(distinct l.platform) as platforms
  from bar b
  cross join ahead a
  cross join cuts c
  cross join {table} l on l.campaign_id = c.campaign_id and l.day = c.day and {lookup}
  where b.least > b.most and a.posts + b.most >= b.least
    and (:platform = '' or l.platform = :platform)
  group by 1
  union all
  select l.{key}, sum(l.posts), count(distinct l.platform)
  from bar b
  cross join asked a
  cross join {table} l on l.campaign_id = a.campaign_id
    and l.day >= a.first_day and l.day < a.end_day
  where b.least <= b.most and (:platform = '' or l.platform = :platform)
  group by 1
  having {eligible} and sum(l.posts) > 0
)
