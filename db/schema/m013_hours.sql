-- In which hours of a day an account wrote: bit 0 is 00:00 to 01:00 UTC. Of a day that the
-- asked time cuts, voices are counted by these, where before each account's posts were
-- looked up.

alter table daily_voices add column hours integer not null default 0;
update daily_voices set hours = counted.hours
from (
  select m.campaign_id, substr(p.published_at, 1, 10) as day, p.author_id, p.platform,
    sum(distinct 1 << cast(substr(p.published_at, 12, 2) as integer)) as hours
  from posts p join matches m on m.post_id = p.id and m.first
  where p.state in ('live', 'edited') group by 1, 2, 3, 4
) counted
where daily_voices.campaign_id = counted.campaign_id and daily_voices.day = counted.day
  and daily_voices.draw = counted.author_id * 2654435761 & 2147483647
  and daily_voices.author_id = counted.author_id
  and daily_voices.platform = counted.platform;

-- Of three values each is frequent: newest first, one in a few posts has it, so the index
-- by time finds them as quickly, and each post costs 35 bytes less.
drop index posts_sentiment;
