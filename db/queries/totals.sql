-- title: Posts, messages and voices
-- description: What the campaign came to over the asked time, in whole hours or days, of
--   which covered is too, as three numbers. Posts: each once, however many servers and bridges carried it. Messages:
--   posts with the same words and the same links are one, a repost with what it repeats;
--   capitals, punctuation, emoji's looks and who is addressed make no difference. Voices:
--   the people who wrote them: accounts that are one person's, by that person's own public
--   proof or a bridge's word, are one voice, all others a voice each. Up to 20,000 posts all
--   are counted; beyond that messages and voices are an estimate from a random part of them.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- param bucket: hour or day, which are counted whole; as in volume if left out
-- column posts: live posts
-- column messages: different things that they say
-- column messages_error: it may be as many more or fewer (95 %); 0: counted exactly
-- column voices: people who wrote them, as far as accounts tell
-- column voices_error: it may be as many more or fewer (95 %); 0: counted exactly
-- column unattributed: posts whose platform or archive does not say who wrote them; they
--   are no voice's
-- column covered: share of the time that was seen, 0 to 1, the mean over the platforms that
--   are watched; NULL: none is
with
-- include: _range
-- include: _campaign
-- include: _slots
--   hourly: 7 * 86400 + 3600
-- include: _every_term
-- include: _watched
-- include: _covered
hours as materialized (
  select campaign_id, first_no, end_no,
    strftime('%Y-%m-%dT%H:%M:%SZ', first_no * 3600, 'unixepoch') as from_hour,
    strftime('%Y-%m-%dT%H:%M:%SZ', end_no * 3600, 'unixepoch') as to_hour
  from (
    select campaign_id, a.from_s / step * step / 3600 as first_no,
      ((a.to_s - 1) / step + 1) * step / 3600 as end_no
    from asked a, stepped
  )
),
each_hour(hour_no, end_no) as (
  select first_no, end_no from hours
  union all
  select hour_no + 1, end_no from each_hour where hour_no + 1 < end_no
),
counted as materialized (
  select coalesce(sum(h.posts), 0) as posts
  from hours x
  cross join hourly h on h.campaign_id = x.campaign_id
    and h.hour >= x.from_hour and h.hour < x.to_hour
  where :platform = '' or h.platform = :platform
),
-- The part that is looked at. Messages have numbers below 2^53, accounts draws below 2^31.
part as materialized (
  select posts, iif(posts > 20000, 10000.0 / posts, 1.0) as share from counted
),
said(message) as (
  select m.message
  from part
  cross join hours x
  cross join each_hour e
  cross join hourly_messages m on m.campaign_id = x.campaign_id
    and m.hour_no = e.hour_no
    and m.message < share * 9007199254740992
  where :platform = '' or m.platform = :platform
),
-- The days of the asked time, each with those of its hours that were asked for: a bit each.
each_day as materialized (
  select date(hour_no * 3600, 'unixepoch') as day, sum(1 << hour_no % 24) as asked_hours
  from each_hour
  group by hour_no / 24
),
-- An account is drawn with the one that stands for its voice, so that they are one.
mirrors as materialized (
  select id, voice from authors where voice is not null
),
candidates as (
  select v.author_id, v.author_id as voice
  from part
  cross join hours x
  cross join each_day d
  cross join daily_voices v on v.campaign_id = x.campaign_id and v.day = d.day
    and v.draw < share * 2147483648
  where v.hours & d.asked_hours and v.author_id not in (select id from mirrors)
    and (:platform = '' or v.platform = :platform)
  union all
  select v.author_id, a.voice
  from part
  cross join mirrors a
  cross join hours x
  cross join each_day d
  cross join daily_voices v on v.campaign_id = x.campaign_id and v.day = d.day
    and v.draw = (a.id * 2654435761 & 2147483647)
  where v.hours & d.asked_hours
    and (a.voice * 2654435761 & 2147483647) < share * 2147483648
    and (:platform = '' or v.platform = :platform)
),
drawn as (
  select distinct c.voice, exists (
    select 1 from authors a indexed by authors_unnamed
    where a.id = c.author_id and a.uri glob '*:author-of:*'
  ) as unnamed
  from candidates c
),
found as materialized (
  select (select count(*) from (select 1 from said group by message)) as messages,
    count(*) - coalesce(sum(unnamed), 0) as voices,
    coalesce(sum(unnamed), 0) as unattributed
  from drawn
)
select
  posts,
  cast(round(messages / share) as integer) as messages,
  cast(round(1.96 * sqrt(messages * (1 - share)) / share) as integer) as messages_error,
  cast(round(voices / share) as integer) as voices,
  cast(round(1.96 * sqrt(voices * (1 - share)) / share) as integer) as voices_error,
  cast(round(unattributed / share) as integer) as unattributed,
  (select round(sum(v.covered * (s.end_s - s.begin_s)) / sum(s.end_s - s.begin_s), 3)
    from platform_slots v join slots s using (start_s)) as covered
from part, found
