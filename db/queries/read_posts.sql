-- title: Posts to read
-- description: The campaign's live posts, newest first, narrowed by whatever is asked. Of a
--   filter that few posts pass, the newest 50,000 of the time are looked at, with words the
--   newest 5,000 that hold them; of a link that 20,000 posts have at most, all of these:
--   looked_to says how far back that reached. For the next
--   page give below the last row's id; where there are fewer rows than asked for and
--   looked_to is set, give to_at looked_to.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param kind: post, reply, repost, quote, article, comment or video; all if left out
-- param q: only posts with all of these words, in double quotes a phrase; all if left out
-- param link: only posts that link to this address, as in top_links.url; all if left out
-- param below: the row in posts of the last one that was read; the next ones follow it; from
--   the newest on if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column id: the row in posts
-- column published_at: when it was published, UTC
-- column platform: where
-- column handle: who, as named on the platform
-- column author: the name shown
-- column author_url: the profile
-- column followers: of the account; NULL: unknown
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
-- column edited_at: UTC; NULL: never, as far as known
-- column url: the page to read it on
-- column uri: its identity, the same on every source
-- column reply_to: the uri that it answers; NULL: none
-- column looked_to: how far back in time posts were looked at, UTC; NULL: to the beginning
--   of the asked time
with
-- include: _range
-- include: _campaign
-- include: _top
-- include: _read
--   most: (select top from topped)
--   below: :below
select
  p.id, p.published_at, p.platform, a.handle, a.display_name as author,
  a.url as author_url, a.followers, p.title, p.text, p.content_warning, p.lang,
  p.sentiment, p.polarity, p.confidence, p.unscored, p.replies, p.reposts, p.likes,
  p.quotes, p.views, p.kind, p.state, p.edited_at, p.url, p.uri, p.reply_to,
  iif((select count(*) from looked) >= 50000,
    (select min(published_at) from looked), null) as looked_to
from passed
cross join posts p on p.id = passed.id
cross join authors a on a.id = p.author_id
order by p.published_at desc, p.id desc
