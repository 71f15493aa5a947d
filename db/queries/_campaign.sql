-- asked: the campaign, checked, with the hours and days that the asked time touches.
-- Roll-ups count whole hours (or days): the first and the last one are counted whole.
unnamed(sentence) as materialized (
  select 'campaign: name one, as in ?campaign=' ||
      coalesce((select slug from campaigns order by id limit 1), 'SLUG')
    where :campaign = ''
  union all
  select 'campaign: there is none called ' || :campaign
    where :campaign <> '' and :campaign not in (select slug from campaigns)
),
asked as materialized (
  select
    (select id from campaigns where slug = :campaign) as campaign_id,
    from_s, to_s,
    strftime('%Y-%m-%dT%H:%M:%SZ', from_s, 'unixepoch') as from_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', to_s, 'unixepoch') as to_at,
    strftime('%Y-%m-%d', from_s, 'unixepoch') as first_day,
    strftime('%Y-%m-%d', to_s - 1, 'unixepoch', '+1 day') as end_day
  from ranged
  where not exists (
    select 1 from unnamed where json_extract('{}', sentence) is not null
  )
)
