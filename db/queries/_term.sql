-- termed: the asked term; no row where all are asked for.
termed as materialized (
  select term_id
  from (
    select (
      select id from terms
      where value = :term and campaign_id = asked.campaign_id
      order by kind limit 1
    ) as term_id
    from asked where :term <> ''
  )
  where json_extract('{}', case
    when term_id is null then 'term: the campaign has none written ' || :term
  end) is null
)
