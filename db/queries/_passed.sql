-- passed: the newest posts of the asked time that pass every filter, {most} at most, where
-- {when}; {of} has the time. Roll-ups say which hours hold such posts, and only those are
-- read, newest first; a language or a platform that few posts have is read by its own index,
-- words by theirs; where one hour has too many to be read, the newest of it.
-- At most 50,000 posts are read: looked says how far back that reached.
-- What is asked for is checked at the end: each reference to an expression is planned anew,
-- so what many refer to is short. A term that is of one table alone would have SQLite 3.40 make a Bloom filter, for which it reads
-- the whole table first: hence the left join, and iif().
filtered as materialized (
  select *, (
      select id from terms where value = :term and campaign_id = c.campaign_id
      order by kind limit 1
    ) as term_id
  from (
    select (select id from campaigns where slug = :campaign) as campaign_id,
      strftime('%Y-%m-%dT%H:%M:%SZ', from_s, 'unixepoch') as from_at,
      strftime('%Y-%m-%dT%H:%M:%SZ', to_s, 'unixepoch') as to_at,
      strftime('%Y-%m-%dT%H:00:00Z', from_s, 'unixepoch') as from_hour,
      strftime('%Y-%m-%d', from_s, 'unixepoch') as first_day
    from {of}
  ) c
),
-- Each hour's posts, those that were taken back too, for all are read; and what passes.
held as materialized (
  select k.hour, sum(k.posts + k.removed) as posts,
    sum(iif(
      (:platform = '' or k.platform = :platform) and (:lang = '' or k.lang = :lang)
        and (:sentiment = '' or k.sentiment = :sentiment), k.posts, 0
    )) as passing
  from hourly k
  where :q = '' and ({when}) and k.campaign_id = (select campaign_id from filtered)
    and k.hour >= (select from_hour from filtered) and k.hour < (select to_at from filtered)
  group by k.hour
),
held_of_term as materialized (
  select k.hour, sum(k.posts) as passing
  from hourly_terms k
  where :q = '' and ({when})
    and (k.campaign_id, k.term_id) = (select campaign_id, term_id from filtered)
    and k.hour >= (select from_hour from filtered) and k.hour < (select to_at from filtered)
    and (:platform = '' or k.platform = :platform) and (:lang = '' or k.lang = :lang)
    and (:sentiment = '' or k.sentiment = :sentiment)
  group by k.hour
),
hours as materialized (
  select hour, sum(posts) over newest as to_read, sum(passing) over newest - passing as newer
  from (
    select e.hour, e.posts, iif(:term = '', e.passing, t.passing) as passing
    from held e
    left join held_of_term t on t.hour = e.hour
  )
  where passing > 0
  window newest as (order by hour desc)
),
-- What is to be read by hours; by languages or platforms, in whose indexes the posts of
-- other campaigns stand too; and whether that is much less.
ways as materialized (
  select *, case
      when :q <> '' or not ({when}) then 'words'
      when :lang <> '' and 2 * by_lang < by_hours
        and (:platform = '' or by_lang <= by_platform) then 'lang'
      when :platform <> '' and 2 * by_platform < by_hours then 'platform'
      when more is null then 'none'  -- roll-ups know that nothing passes
      when oldest is null then 'newest'
      else 'hours'
    end as way
  from (
    select
      max(iif(newer < {most}, to_read, 0)) as by_hours, max(to_read) > 50000 as more,
      min(iif(newer < {most} and to_read <= 50000, hour, null)) as oldest,
      iif(:lang = '', 0, (
        select total(iif(d.lang = :lang, d.posts + d.removed, 0)) from filtered f
        cross join campaigns c
        cross join daily d on d.campaign_id = c.id and d.day >= f.first_day
          and d.day < f.to_at
      )) as by_lang,
      iif(:platform = '', 0, (
        select total(iif(d.platform = :platform, d.posts + d.removed, 0)) from filtered f
        cross join campaigns c
        cross join daily d on d.campaign_id = c.id and d.day >= f.first_day
          and d.day < f.to_at
      )) as by_platform
    from hours
  )
  limit 1
),
spoken as materialized (
  select p.id as post_id, p.published_at
  from posts p indexed by posts_lang
  where p.lang = :lang and p.published_at >= (select from_at from filtered)
    and p.published_at < (select to_at from filtered)
  order by p.published_at desc
  limit iif((select way from ways) = 'lang', 50000, 0)
),
placed as materialized (
  select p.id as post_id, p.published_at
  from posts p indexed by posts_platform
  where p.platform = :platform and p.published_at >= (select from_at from filtered)
    and p.published_at < (select to_at from filtered)
  order by p.published_at desc
  limit iif((select way from ways) = 'platform', 50000, 0)
),
-- Words: all that hold them, where those are few; else those among the newest of the time.
-- length() ends at a NUL character, which would cut the quotes; no words find nothing.
worded as materialized (
  select rowid as post_id from posts_fts
  where :q <> '' and posts_fts match
    coalesce(nullif(escape_fts(substr(:q, 1, length(:q))), ''), '""')
  order by rowid desc limit 20000
),
recent as materialized (
  select m.post_id, m.published_at
  from matches m indexed by matches_newest
  where m.campaign_id = (select campaign_id from filtered) and m.first
    and m.published_at >= (select from_at from filtered)
    and m.published_at < (select to_at from filtered)
  order by m.published_at desc, m.post_id desc
  limit iif((select way from ways) = 'newest' or (select count(*) from worded) = 20000,
    50000, 0)
),
worded_of_recent as materialized (
  select rowid as post_id from posts_fts
  where :q <> '' and posts_fts match
      coalesce(nullif(escape_fts(substr(:q, 1, length(:q))), ''), '""')
    and rowid >= (select min(post_id) from recent)
    and rowid <= (select max(post_id) from recent)
  order by rowid desc limit 50000
),
looking(post_id, published_at) as materialized (
  select m.post_id, m.published_at
  from ways w
  cross join filtered f
  cross join hours e
  left join matches m indexed by matches_newest on m.campaign_id = f.campaign_id
    and m.first and m.published_at >= max(e.hour, f.from_at)
    and m.published_at < min(substr(e.hour, 1, 13) || ':59:60Z', f.to_at)
  where w.way = 'hours' and e.to_read <= 50000 and e.newer < {most}
  union all
  select post_id, published_at from spoken
  union all
  select post_id, published_at from placed
  union all
  select r.post_id, r.published_at
  from recent r
  where :q = '' or r.post_id in (select post_id from worded_of_recent)
  union all
  select w.post_id, m.published_at
  from filtered f
  cross join worded w
  cross join matches m on m.campaign_id = f.campaign_id and m.post_id = w.post_id
    and iif(w.post_id, m.first, 0) and m.published_at >= f.from_at and m.published_at < f.to_at
  where not exists (select 1 from recent)
),
passed as materialized (
  select p.id as post_id, p.published_at, p.platform, p.lang, p.polarity, p.evidence,
    coalesce(p.sentiment, 'unscored') as sentiment, p.author_id, p.message
  from filtered f
  cross join looking l
  cross join posts p on p.id = l.post_id
  where (:term = '' or exists (
      select 1 from matches t where t.campaign_id = f.campaign_id
        and t.post_id = l.post_id and t.term_id = f.term_id
    ))
    and iif(l.post_id, p.state, null) in ('live', 'edited')
    and (:platform = '' or iif(l.post_id, p.platform, null) = :platform)
    and (:lang = '' or iif(l.post_id, p.lang, null) = :lang)
    and (:sentiment = '' or
      iif(l.post_id, coalesce(p.sentiment, 'unscored'), null) = :sentiment)
    and exists (
      select 1 from matches m
      where m.campaign_id = f.campaign_id and m.post_id = l.post_id and +m.first
    )
    and exists (select 1 from asked)
    and (:term = '' or exists (select 1 from termed))
    and not exists (
      select 1 from mislabelled where json_extract('{}', sentence) is not null
    )
  order by l.published_at desc, l.post_id desc
  limit {most}
),
-- How far back was looked (NULL: to the beginning of the asked time), and what passed.
looked as materialized (
  select max(iif(cut, at, null)) as looked_to, max(posts) as posts,
    max(unscored) as unscored, max(messages) as messages
  from (
    select min(published_at) as at, count(*) >= {most} as cut, count(*) as posts,
      count(*) filter (where sentiment = 'unscored') as unscored,
      count(distinct message) as messages
    from passed
    union all
    select oldest, more, null, null, null from ways where way = 'hours'
    union all
    select min(published_at), count(*) >= 50000, null, null, null from spoken
    union all
    select min(published_at), count(*) >= 50000, null, null, null from placed
    union all
    select min(published_at), count(*) >= 50000, null, null, null from recent
    union all
    select max(r.published_at), 1, null, null, null
    from recent r
    where r.post_id < (select iif(count(*) >= 50000, min(post_id), 0) from worded_of_recent)
  )
)
