-- kept: the campaign's roll-ups over the slots, by the hour or by the day, as the slots are.
kept as (
  select unixepoch(h.hour) as start_s, h.platform, h.sentiment, h.posts, h.removed,
    h.polarity_sum
  from stepped
  cross join asked
  cross join hourly h on h.campaign_id = asked.campaign_id
    and h.hour >= (select min(bucket) from slots)
    and h.hour < (
      select strftime('%Y-%m-%dT%H:%M:%SZ', max(next_s), 'unixepoch') from slots
    )
  where step = 3600 and (:platform = '' or h.platform = :platform)
  union all
  select unixepoch(d.day), d.platform, d.sentiment, d.posts, d.removed, d.polarity_sum
  from stepped
  cross join asked
  cross join daily d on d.campaign_id = asked.campaign_id
    and d.day >= (select substr(min(bucket), 1, 10) from slots)
    and d.day < (select date(max(next_s), 'unixepoch') from slots)
  where step = 86400 and (:platform = '' or d.platform = :platform)
)
