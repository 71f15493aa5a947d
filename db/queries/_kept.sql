-- kept: the campaign's roll-ups added up over the slots, by the hour or by the day, as the
-- slots are; of one term where one is asked for. Grouped as their keys are ordered, so that
-- nothing is sorted: what is asked is read by subqueries, for a join would lose the order.
-- narrowed: what else must hold of a row.
kept as materialized (
  select unixepoch(k.hour) as start_s, {values}
  from hourly k
  where (select step from stepped) = 3600 and not exists (select 1 from termed)
    and k.campaign_id = (select campaign_id from asked)
    and k.hour >= (select strftime('%Y-%m-%dT%H', from_s, 'unixepoch') from stepped)
    and k.hour < (select strftime('%Y-%m-%dT%H:%M:%SZ', to_s, 'unixepoch') from stepped)
    and (:platform = '' or k.platform = :platform){narrowed}
  group by k.hour{keys}
  union all
  select unixepoch(k.day), {values}
  from daily k
  where (select step from stepped) = 86400 and not exists (select 1 from termed)
    and k.campaign_id = (select campaign_id from asked)
    and k.day >= (select date(from_s, 'unixepoch') from stepped)
    and k.day < (select date(to_s - 1, 'unixepoch', '+1 day') from stepped)
    and (:platform = '' or k.platform = :platform){narrowed}
  group by k.day{keys}
  union all
  select unixepoch(k.hour), {values}
  from hourly_terms k
  where (select step from stepped) = 3600
    and k.campaign_id = (select campaign_id from asked)
    and k.term_id = (select term_id from termed)
    and k.hour >= (select strftime('%Y-%m-%dT%H', from_s, 'unixepoch') from stepped)
    and k.hour < (select strftime('%Y-%m-%dT%H:%M:%SZ', to_s, 'unixepoch') from stepped)
    and (:platform = '' or k.platform = :platform){narrowed}
  group by k.hour{keys}
  union all
  select unixepoch(k.day), {values}
  from daily_terms k
  where (select step from stepped) = 86400
    and k.campaign_id = (select campaign_id from asked)
    and k.term_id = (select term_id from termed)
    and k.day >= (select date(from_s, 'unixepoch') from stepped)
    and k.day < (select date(to_s - 1, 'unixepoch', '+1 day') from stepped)
    and (:platform = '' or k.platform = :platform){narrowed}
  group by k.day{keys}
)
