-- title: Most shared posts
-- description: The live posts with most reposts and quotes. Counts are as last seen; a
--   platform that names none cannot rank. With a language, a sentiment, a term or words:
--   among the newest 15,000 posts that pass, for which at most 50,000 are read; looked_to
--   says how far back that reached.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param q: only posts with all of these words, in double quotes a phrase; all if left out
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
-- column confidence: of sentiment, 0 to 1; NULL: the engine has none, or not scored
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
-- column looked_to: how far back in time posts were looked at, UTC; NULL: to the beginning
--   of the asked time
with
-- include: _range
-- include: _campaign
-- include: _top
-- include: _term
-- include: _labels
-- include: _passed
--   most: 15000
--   of: spanned
--   when: :lang || :sentiment || :term || :q <> ''
-- Few posts are all looked at; of many the most shared ones of all times are gone through
-- until enough lie within the asked one.
counted as materialized (
  select sum(h.posts) > 5000 as many
  from asked
  cross join hourly h on h.campaign_id = asked.campaign_id
    and h.hour >= strftime('%Y-%m-%dT%H:00:00Z', from_s, 'unixepoch') and h.hour < to_at
),
in_time as (
  select p.id, coalesce(p.reposts, 0) + coalesce(p.quotes, 0) as shares
  from counted
  cross join asked a
  cross join matches m indexed by matches_newest on m.campaign_id = a.campaign_id
    and m.first and m.published_at >= a.from_at and m.published_at < a.to_at
  cross join posts p on p.id = m.post_id
  where many is not 1 and :lang || :sentiment || :term || :q = '' and p.state in ('live', 'edited')
    and coalesce(p.reposts, 0) + coalesce(p.quotes, 0) > 0
    and (:platform = '' or p.platform = :platform)
  order by shares desc, p.id desc
  limit (select top from topped)
),
by_shares as (
  select p.id, coalesce(p.reposts, 0) + coalesce(p.quotes, 0) as shares
  from posts p indexed by posts_shared
  where (select many from counted) and :lang || :sentiment || :term || :q = ''
    and p.state in ('live', 'edited')
    and coalesce(p.reposts, 0) + coalesce(p.quotes, 0) > 0
    and p.published_at >= (select from_at from asked)
    and p.published_at < (select to_at from asked)
    and (:platform = '' or p.platform = :platform)
    and exists (
      select 1 from matches m
      where m.campaign_id = (select campaign_id from asked) and m.post_id = p.id
    )
  order by coalesce(p.reposts, 0) + coalesce(p.quotes, 0) desc, p.id desc
  limit (select top from topped)
),
among_passed as (
  select p.id, coalesce(p.reposts, 0) + coalesce(p.quotes, 0) as shares
  from passed x
  cross join posts p on p.id = x.post_id
  where iif(x.post_id, coalesce(p.reposts, 0) + coalesce(p.quotes, 0), 0) > 0
  order by shares desc, p.id desc
  limit (select top from topped)
),
ranked as materialized (
  select * from in_time union all select * from by_shares union all select * from among_passed
)
select r.shares,
  p.id, p.published_at, p.platform, a.handle, a.display_name as author,
  a.url as author_url, p.title, p.text, p.content_warning, p.lang, p.sentiment,
  p.polarity, p.confidence, p.unscored, p.replies, p.reposts, p.likes, p.quotes, p.views, p.kind,
  p.state, p.url, p.uri, k.looked_to
from looked k
cross join ranked r
join posts p on p.id = r.id
join authors a on a.id = p.author_id
order by r.shares desc, p.id desc
