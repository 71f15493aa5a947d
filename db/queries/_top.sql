-- topped: how many rows were asked for, 1 to 1000.
untopped(sentence) as materialized (
  select 'top: write a number, not ' || :top where :top glob '*[^0-9]*'
),
topped as materialized (
  select min(max(coalesce(nullif(:top, ''), 20) + 0, 1), 1000) as top
  where not exists (
    select 1 from untopped where json_extract('{}', sentence) is not null
  )
)
