-- title: Labels against scores
-- description: What staff said of the campaign's randomly drawn posts, beside what the
--   engine says of them now. From these rows the pages correct the shares of positive,
--   neutral and negative (docs/accuracy.md says how). A post that several people labelled
--   counts once, in parts. Labels from before a post was edited are left out.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- column said: what the engine says: negative, neutral or positive
-- column label: what staff say: negative, neutral, positive or unclear
-- column posts: drawn posts, in parts where several people labelled one
-- column weight: the scored posts that they stand for: each as many as its chance of having
--   been drawn was small
-- column squares: the sum of the squared weights, from which the interval's width follows
with
-- include: _range
-- include: _campaign
told as materialized (
  select p.id, p.sentiment as said, m.published_at, l.label,
    count(*) over (partition by p.id) as people
  from asked
  cross join samples s on s.campaign_id = asked.campaign_id
  cross join posts p on p.id = s.post_id
  cross join matches m indexed by matches_post
    on m.post_id = p.id and m.campaign_id = asked.campaign_id and m.first
  join labels l on l.post_id = p.id
  where m.published_at >= asked.from_at and m.published_at < asked.to_at
    and p.state in ('live', 'edited') and p.sentiment is not null
    and l.at >= coalesce(p.edited_at, '')
    and (:platform = '' or p.platform = :platform)
),
-- How likely each was not to be drawn by any of the draws that its time lies in.
dealt as materialized (
  select row_number() over (order by d.id) as n, d.from_at, d.to_at,
    1.0 - 1.0 * d.size / d.population as spared
  from asked
  cross join draws d on d.campaign_id = asked.campaign_id
    and d.from_at < asked.to_at and d.to_at > asked.from_at
),
missed(published_at, n, chance) as (
  select distinct published_at, 0, 1.0 from told
  union all
  select x.published_at, d.n, x.chance *
    iif(x.published_at >= d.from_at and x.published_at < d.to_at, d.spared, 1.0)
  from missed x
  cross join dealt d on d.n = x.n + 1
),
weighed as materialized (
  select t.*, 1.0 / nullif(1.0 - x.chance, 0.0) as stands_for
  from told t
  join missed x on x.published_at = t.published_at
    and x.n = (select count(*) from dealt)
)
select said, label, round(sum(1.0 / people), 3) as posts,
  round(sum(stands_for / people), 3) as weight,
  round(sum(stands_for * stands_for / people), 3) as squares
from weighed
where stands_for is not null
group by said, label
order by said, label
