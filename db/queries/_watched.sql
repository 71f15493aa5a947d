-- watched: which source looks for which of the campaign's terms, or for the one asked for.
-- A term that joined later counts from then on; the first ones always, for their history was
-- fetched too. Archives watch nothing.
watched as materialized (
  select s.id as source_id, s.platform, t.id as term_id,
    iif(t.from_start, 0, unixepoch(t.added_at)) as since_s,
    coalesce(unixepoch(t.removed_at), 1 << 40) as until_s
  from asked
  join terms t using (campaign_id)
  cross join sources s
  where s.state <> 'removed' and s.platform <> 'archive'
    and (:platform = '' or s.platform = :platform)
    and t.id = coalesce((select term_id from termed), t.id)
    and exists (
      select 1 from coverage c where c.source_id = s.id and c.term_id = t.id
    )
)
