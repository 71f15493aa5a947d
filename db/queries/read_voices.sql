-- title: Who wrote them
-- description: Of the posts that read_posts gives for the same filters, the newest 15,000,
--   who wrote them: first a row of those who are not named, where there are any, then those
--   with most of these posts. Accounts that are one person's, by
--   that person's own public proof, a bridge's word or staff's, are one. Accounts that asked
--   not to be indexed are not named, nor are those whose platform or archive names nobody.
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
-- param top: how many rows, 1 to 1000; 20 if left out
-- column handle: the account's name on its platform; NULL: not named, as whatever follows
-- column display_name: the name it shows; NULL: none
-- column platform: where it posts; NULL: not named
-- column url: its profile; NULL: none
-- column bot: 1 if it calls itself automated; NULL: unknown
-- column author_id: its row in authors; NULL: these posts' authors are not named
-- column posts: its live posts among these
-- column counted: how many live posts these are in all, whoever wrote them
-- column looked_to: how far back in time posts were looked at, UTC; NULL: to the beginning
--   of the asked time
with
-- include: _range
-- include: _campaign
-- include: _top
-- include: _read
--   most: 15000
--   below: ''
by_author as materialized (
  select p.author_id, count(*) as posts, min(p.published_at) as first_at
  from passed
  cross join posts p on p.id = passed.id
  group by 1
),
by_voice as materialized (
  select iif(a.uri glob '*:author-of:*', null, coalesce(a.voice, a.id)) as voice,
    sum(b.posts) as posts
  from by_author b
  cross join authors a on a.id = b.author_id
  group by 1
),
named as materialized (
  select v.id, sum(b.posts) as posts
  from by_voice b
  left join authors v on v.id = b.voice and v.opt_out is not 1
    and coalesce(v.handle, v.display_name) is not null
    and not exists (select 1 from authors x where x.voice = b.voice and x.opt_out = 1)
  group by 1
)
select
  a.handle, a.display_name, a.platform, a.url, a.bot, n.id as author_id, n.posts,
  (select sum(posts) from by_author) as counted,
  case
    when (select sum(posts) from by_author) >= 15000
      then (select min(first_at) from by_author)
    when (select count(*) from looked) >= 50000
      then (select min(published_at) from looked)
  end as looked_to
from named n
left join authors a on a.id = n.id
order by n.id is not null, n.posts desc, a.handle
limit (select top from topped)
