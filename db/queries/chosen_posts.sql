-- title: Posts by their numbers
-- description: Some of the campaign's live posts, by their rows in posts, newest first: what
--   somebody picked, to be told from others. Posts that were deleted or withheld are left out,
--   and posts of other campaigns.
-- param campaign: the campaign's slug; needed
-- param ids: rows in posts, as a JSON array of numbers, of which the first 200 count; the
--   campaign's newest post if left out
-- column id: the row in posts
-- column published_at: when it was published, UTC
-- column platform: where
-- column handle: who, as named on the platform
-- column author: the name shown
-- column title: an article's title
-- column text: plain text
-- column content_warning: what the author put before it
with
unnamed(sentence) as materialized (
  select 'campaign: there is none called ' || :campaign
    where :campaign not in (select slug from campaigns)
  union all
  select 'ids: write a JSON array of numbers, not ' || substr(:ids, 1, 40)
    where :ids <> '' and not json_valid(:ids)
),
asked as materialized (
  select id as campaign_id from campaigns where slug = :campaign and not exists (
    select 1 from unnamed where json_extract('{}', sentence) is not null
  )
),
-- Nothing asked is the newest post, so that the query shows what it gives.
wanted as materialized (
  select value as id from json_each(iif(json_valid(:ids), :ids, '[]'))
  where key < 200
  union
  select * from (
    select post_id from matches indexed by matches_newest
    where :ids = '' and campaign_id = (select campaign_id from asked) and first
    order by published_at desc, post_id desc limit 1
  )
)
select p.id, p.published_at, p.platform, a.handle, a.display_name as author, p.title, p.text,
  p.content_warning
from asked
cross join wanted w
cross join posts p on p.id = w.id
cross join authors a on a.id = p.author_id
where p.state in ('live', 'edited') and exists (
  select 1 from matches m where m.post_id = p.id and m.campaign_id = asked.campaign_id
)
order by p.published_at desc, p.id desc
