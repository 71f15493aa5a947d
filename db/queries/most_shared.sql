-- title: Most shared posts
-- description: The live posts with most reposts and quotes, among the newest 20,000 of the
--   asked time. Counts are as last seen; a platform that names none cannot rank.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column shares: reposts + quotes, as far as they are known
-- column id: the row in posts
-- column published_at: when it was published, UTC
-- column platform: where
-- column handle: who, as named on the platform
-- column author: the name shown
-- column author_url: the profile
-- column title: an article's title
-- column text: plain text
-- column content_warning: what the author put before it
-- column lang: BCP 47; und where it could not be told
-- column sentiment: negative, neutral, positive; NULL: not scored
-- column polarity: -1 to 1; NULL: not scored
-- column unscored: why there is no score
-- column replies: NULL: unknown
-- column reposts: NULL: unknown
-- column likes: NULL: unknown
-- column quotes: NULL: unknown
-- column views: NULL: unknown
-- column kind: post, reply, repost, quote, article, comment or video
-- column state: live or edited
-- column url: the page to read it on
-- column uri: its identity, the same on every source
with
-- include: _range
-- include: _campaign
-- include: _top
newest as materialized (
  select m.post_id
  -- asked is read by subqueries, not joined, so that the index gives the order.
  from matches m indexed by matches_newest
  where m.campaign_id = (select campaign_id from asked) and m.first
    and m.published_at >= (select from_at from asked)
    and m.published_at < (select to_at from asked)
  order by m.published_at desc
  limit 20000
),
ranked as materialized (
  select p.id, coalesce(p.reposts, 0) + coalesce(p.quotes, 0) as shares
  from newest n
  join posts p on p.id = n.post_id
  where p.state in ('live', 'edited') and (p.reposts > 0 or p.quotes > 0)
    and (:platform = '' or p.platform = :platform)
  order by shares desc, p.id desc
  limit (select top from topped)
)
select r.shares,
  p.id, p.published_at, p.platform, a.handle, a.display_name as author,
  a.url as author_url, p.title, p.text, p.content_warning, p.lang, p.sentiment,
  p.polarity, p.unscored, p.replies, p.reposts, p.likes, p.quotes, p.views, p.kind,
  p.state, p.url, p.uri
from ranked r
join posts p on p.id = r.id
join authors a on a.id = p.author_id
order by r.shares desc, p.id desc
