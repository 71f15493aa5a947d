-- title: Newest posts
-- description: The campaign's live posts, newest first, narrowed by whatever is asked. For
--   the next page give to_at the last row's published_at. At most 50,000 posts are read to
--   find those that pass: where there are fewer rows than asked for and looked_to is set,
--   give to_at looked_to.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param q: only posts with all of these words, in double quotes a phrase; all if left out
-- param top: how many rows, 1 to 1000; 20 if left out
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
--   most: (select top from topped)
--   of: spanned
--   when: :lang || :sentiment || :term || :q <> ''
-- asked is read by subqueries, not joined, so that the index gives the order.
newest as materialized (
  select m.post_id
  from matches m indexed by matches_newest
  join posts p on p.id = m.post_id
  where :lang || :sentiment || :term || :q = ''
    and m.campaign_id = (select campaign_id from asked) and m.first
    and m.published_at >= (select from_at from asked)
    and m.published_at < (select to_at from asked)
    and iif(m.post_id, p.state, null) in ('live', 'edited')
    and (:platform = '' or iif(m.post_id, p.platform, null) = :platform)
  order by m.published_at desc, m.post_id desc
  limit (select top from topped)
)
select
  p.id, p.published_at, p.platform, a.handle, a.display_name as author,
  a.url as author_url, p.title, p.text, p.content_warning, p.lang, p.sentiment,
  p.polarity, p.confidence, p.unscored, p.replies, p.reposts, p.likes, p.quotes, p.views, p.kind,
  p.state, p.url, p.uri,
  iif(k.posts < (select top from topped), k.looked_to, null) as looked_to
from looked k
cross join (select post_id from newest union all select post_id from passed) n
cross join posts p on p.id = n.post_id
cross join authors a on a.id = p.author_id
order by p.published_at desc, p.id desc
