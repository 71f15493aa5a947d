-- kept: the campaign's roll-ups added up over the slots, by the hour or by the day, as the
-- slots are; of one term where one is asked for. Grouped as their keys are ordered, so that
-- nothing is sorted. narrowed: what else must hold of a row.
kept as materialized (
  select unixepoch(k.hour) as start_s, {values}
  from stepped
  cross join asked
  cross join hourly k on k.campaign_id = asked.campaign_id
    and k.hour >= (select min(bucket) from slots)
    and k.hour < (
      select strftime('%Y-%m-%dT%H:%M:%SZ', max(next_s), 'unixepoch') from slots
    )
  where step = 3600 and not exists (select 1 from termed)
    and (:platform = '' or k.platform = :platform){narrowed}
  group by k.hour{keys}
  union all
  select unixepoch(k.day), {values}
  from stepped
  cross join asked
  cross join daily k on k.campaign_id = asked.campaign_id
    and k.day >= (select substr(min(bucket), 1, 10) from slots)
    and k.day < (select date(max(next_s), 'unixepoch') from slots)
  where step = 86400 and not exists (select 1 from termed)
    and (:platform = '' or k.platform = :platform){narrowed}
  group by k.day{keys}
  union all
  select unixepoch(k.hour), {values}
  from stepped
  cross join asked
  cross join termed
  cross join hourly_terms k on k.campaign_id = asked.campaign_id
    and k.term_id = termed.term_id
    and k.hour >= (select min(bucket) from slots)
    and k.hour < (
      select strftime('%Y-%m-%dT%H:%M:%SZ', max(next_s), 'unixepoch') from slots
    )
  where step = 3600 and (:platform = '' or k.platform = :platform){narrowed}
  group by k.hour{keys}
  union all
  select unixepoch(k.day), {values}
  from stepped
  cross join asked
  cross join termed
  cross join daily_terms k on k.campaign_id = asked.campaign_id
    and k.term_id = termed.term_id
    and k.day >= (select substr(min(bucket), 1, 10) from slots)
    and k.day < (select date(max(next_s), 'unixepoch') from slots)
  where step = 86400 and (:platform = '' or k.platform = :platform){narrowed}
  group by k.day{keys}
)
