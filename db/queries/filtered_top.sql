-- title: What the posts that pass carry
-- description: Of the posts that pass all filters, their number, and for each facet what most
--   of them carry: hashtags, links, voices, languages, platforms, terms, sentiments. At most
--   the newest 15,000 that pass are counted, and at most 50,000 posts are read to find them;
--   looked_to says how far back that reached. Accounts that asked not to be indexed are
--   counted in no voice, nor are posts whose platform or archive does not say who wrote them.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param lang: only this language, BCP 47; all if left out
-- param sentiment: negative, neutral, positive or unscored; all if left out
-- param term: only posts with this term, as it is written in terms.value; all if left out
-- param q: only posts with all of these words, in double quotes a phrase; all if left out
-- param facet: only these rows: total, hashtag, link, voice, language, platform, term or
--   sentiment; all if left out
-- param top: how many rows of each facet, 1 to 1000; 20 if left out
-- column facet: what the row is one of
-- column value: the hashtag, the address, the account's name, the language (BCP 47), the
--   platform, the term as in terms.value, the sentiment; NULL: the total
-- column label: a link's title, an account's shown name, a term as staff wrote it; else NULL
-- column place: a link's host, an account's platform, a term's kind; else NULL
-- column url: a link's address, an account's profile; else NULL
-- column bot: 1 if an account calls itself automated; NULL: unknown, or no account
-- column posts: live posts that pass and carry it
-- column unscored: those of them without a sentiment score
-- column messages: of the total: different things that they say; else NULL
-- column voices: of the total: people who wrote them, as far as accounts tell; else NULL
-- column unattributed: of the total: posts that do not say who wrote them; else NULL
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
--   when: true
unfaceted(sentence) as materialized (
  select 'facet: write total, hashtag, link, voice, language, platform, term or sentiment, '
      || 'not ' || :facet
    where :facet not in ('', 'total', 'hashtag', 'link', 'voice', 'language', 'platform',
      'term', 'sentiment')
),
by_author as materialized (
  select author_id, count(*) as posts, sum(sentiment = 'unscored') as unscored
  from passed
  where :facet in ('', 'voice', 'total')
  group by 1
),
by_voice as materialized (
  select iif(a.uri glob '*:author-of:*', null, coalesce(a.voice, a.id)) as voice,
    sum(b.posts) as posts, sum(b.unscored) as unscored
  from by_author b
  cross join authors a on a.id = b.author_id
  group by 1
),
kinds as materialized (
  select lang, platform, sentiment, count(*) as posts, sum(sentiment = 'unscored') as unscored
  from passed
  where :facet in ('', 'language', 'platform', 'sentiment')
  group by 1, 2, 3
),
counted(facet, key, posts, unscored) as (
  select 'hashtag', x.hashtag_id, count(*), sum(o.sentiment = 'unscored')
  from passed o
  cross join post_hashtags x on x.post_id = o.post_id
  where :facet in ('', 'hashtag')
  group by 2
  union all
  select 'link', x.link_id, count(*), sum(o.sentiment = 'unscored')
  from passed o
  cross join post_links x on x.post_id = o.post_id
  where :facet in ('', 'link')
  group by 2
  union all
  select 'term', x.term_id, count(*), sum(o.sentiment = 'unscored')
  from filtered f
  cross join passed o
  cross join matches x on x.campaign_id = f.campaign_id and x.post_id = o.post_id
  where :facet in ('', 'term')
  group by 2
  union all
  select 'voice', b.voice, b.posts, b.unscored
  from by_voice b
  cross join authors v on v.id = b.voice
  where :facet in ('', 'voice') and iif(b.voice, v.opt_out, null) is not 1
    and iif(b.voice, coalesce(v.handle, v.display_name), null) is not null
    and not exists (select 1 from authors x where x.voice = b.voice and x.opt_out = 1)
  union all
  select e.column1,
    case e.column1 when 'language' then k.lang when 'platform' then k.platform
      when 'sentiment' then k.sentiment end,
    sum(k.posts), sum(k.unscored)
  from (values ('language'), ('platform'), ('sentiment')) e
  cross join kinds k
  where :facet in ('', e.column1)
  group by 1, 2
  union all
  select 'total', null, k.posts, k.unscored from looked k where :facet in ('', 'total')
),
people as materialized (
  select count(voice) as voices, total(iif(voice is null, posts, 0)) as unattributed
  from by_voice
),
placed_in_order as (
  select *, row_number() over (partition by facet order by posts desc, key) as nth
  from counted
)
select r.facet,
  case r.facet when 'hashtag' then h.tag when 'link' then l.url when 'term' then t.value
    when 'voice' then coalesce(a.handle, a.display_name) else r.key end as value,
  case r.facet when 'link' then l.title when 'term' then t.display
    when 'voice' then a.display_name end as label,
  case r.facet when 'link' then l.domain when 'term' then t.kind
    when 'voice' then a.platform end as place,
  case r.facet when 'link' then l.url when 'voice' then a.url end as url,
  a.bot, r.posts, r.unscored,
  iif(r.facet = 'total', k.messages, null) as messages,
  iif(r.facet = 'total', c.voices, null) as voices,
  iif(r.facet = 'total', cast(c.unattributed as integer), null) as unattributed,
  k.looked_to
from looked k
cross join people c
cross join placed_in_order r
left join hashtags h on r.facet = 'hashtag' and h.id = r.key
left join links l on r.facet = 'link' and l.id = r.key
left join terms t on r.facet = 'term' and t.id = r.key
left join authors a on r.facet = 'voice' and a.id = r.key
where r.nth <= (select top from topped) and not exists (
  select 1 from unfaceted where json_extract('{}', sentence) is not null
)
order by r.facet = 'total' desc, r.facet, r.posts desc, value
