-- title: Diary
-- description: What staff noted in the campaign's diary, newest first. /-/campaign pages and
--   `groundswell effect` hold the posts after each against what was to be expected.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- column id: number of the entry
-- column at: when it happened, UTC
-- column title: what happened
-- column note: more about it
-- column created_by: who wrote it down
with
-- include: _range
-- include: _campaign
select e.id, e.at, e.title, e.note, e.created_by
from asked
join events e on e.campaign_id = asked.campaign_id
where e.at >= asked.from_at and e.at < asked.to_at
order by e.at desc, e.id desc
limit 500
