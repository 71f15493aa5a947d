-- termed: the asked term; no row where all are asked for.
termless(sentence) as materialized (
  select 'term: the campaign has none written ' || :term
    where :term <> '' and not exists (
      select 1 from terms
      where value = :term and campaign_id = (select campaign_id from asked)
    )
),
termed as materialized (
  select (
    select id from terms
    where value = :term and campaign_id = (select campaign_id from asked)
    order by kind limit 1
  ) as term_id
  where :term <> '' and not exists (
    select 1 from termless where json_extract('{}', sentence) is not null
  )
)
