-- title: Search posts
-- description: Live posts with all the words of q in text or title, newest collected first.
--   Words in double quotes are a phrase; accents and case do not matter.
-- param q: the words to look for; none, which find nothing, if left out
-- param campaign: only this campaign's posts; all if left out
-- param platform: only this platform; all if left out
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
with
-- include: _top
unnamed(sentence) as materialized (
  select 'campaign: there is none called ' || :campaign
    where :campaign <> '' and :campaign not in (select slug from campaigns)
)
select
  p.id, p.published_at, p.platform, a.handle, a.display_name as author,
  a.url as author_url, p.title, p.text, p.content_warning, p.lang, p.sentiment,
  p.polarity, p.confidence, p.unscored, p.replies, p.reposts, p.likes, p.quotes, p.views, p.kind,
  p.state, p.url, p.uri
from posts_fts f
join posts p on p.id = f.rowid
join authors a on a.id = p.author_id
-- length() ends at a NUL character, which would cut the quotes; no words find nothing.
where posts_fts match
    coalesce(nullif(escape_fts(substr(:q, 1, length(:q))), ''), '""')
  and p.state in ('live', 'edited')
  and not exists (
    select 1 from unnamed where json_extract('{}', sentence) is not null
  )
  and (:platform = '' or p.platform = :platform)
  and (:campaign = '' or exists (
    select 1 from matches m where m.post_id = p.id
      and m.campaign_id = (select id from campaigns where slug = :campaign)
  ))
order by f.rowid desc
limit (select top from topped)
