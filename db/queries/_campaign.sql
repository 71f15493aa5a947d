-- asked: the campaign, checked, with the hours and days that the asked time touches.
-- Roll-ups count whole hours (or days): the first and the last one are counted whole.
asked as materialized (
  select c.id as campaign_id, from_s, to_s,
    strftime('%Y-%m-%dT%H:%M:%SZ', from_s, 'unixepoch') as from_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', to_s, 'unixepoch') as to_at,
    strftime('%Y-%m-%d', from_s, 'unixepoch') as first_day,
    strftime('%Y-%m-%d', to_s - 1, 'unixepoch', '+1 day') as end_day
  from ranged
  left join campaigns c on c.slug = :campaign
  where json_extract('{}', case
    when :campaign = '' then 'campaign: name one, as in ?campaign=' ||
      coalesce((select slug from campaigns order by id limit 1), 'SLUG')
    when c.id is null then 'campaign: there is none called ' || :campaign
  end) is null
)
