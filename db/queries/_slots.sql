-- slots: the asked time cut into whole hours or days of UTC. begin_s and end_s are the
-- asked part of a slot, so that a slot which has only begun is not called half blind. Left
-- out, the bucket is the hour up to {hourly} seconds.
stepped as materialized (
  select from_s, to_s,
    case
      when :bucket = 'hour' then 3600
      when :bucket = 'day' then 86400
      when to_s - from_s > {hourly} then 86400
      else 3600
    end as step
  from ranged
),
unbucketed(sentence) as materialized (
  select 'bucket: write hour or day, not ' || :bucket
    where :bucket not in ('', 'hour', 'day')
  union all
  select 'bucket: ' || ((to_s - from_s) / step) ||
      ' are too many, at most 5000; ask for bucket=day or a shorter time'
    from stepped where (to_s - from_s) / step > 5000
),
slot_starts(start_s) as (
  select from_s / step * step from stepped
  where not exists (
    select 1 from unbucketed where json_extract('{}', sentence) is not null
  )
  union all
  select start_s + step from slot_starts, stepped where start_s + step < to_s
  limit 5002
),
slots as materialized (
  select
    strftime('%Y-%m-%dT%H:%M:%SZ', start_s, 'unixepoch') as bucket,
    start_s,
    start_s + step as next_s,
    max(start_s, from_s) as begin_s,
    min(start_s + step, to_s) as end_s
  from slot_starts, stepped
)
