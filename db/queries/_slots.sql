-- slots: the asked time in whole hours or days of UTC. Posts are counted of whole slots, so
-- what was seen is of whole slots too, whatever part of them is asked for: begin_s is a
-- slot's beginning, end_s its end, or now, so that one which has only begun is not called
-- half blind. stepped: the time from the first one to the last one. Left out, the bucket is
-- the hour up to {hourly} seconds.
stepped as materialized (
  select from_s / step * step as from_s,
    min((to_s - 1) / step * step + step, max(to_s, unixepoch('now'))) as to_s, step
  from (
    select from_s, to_s,
      case
        when :bucket = 'hour' then 3600
        when :bucket = 'day' then 86400
        when to_s - from_s > {hourly} then 86400
        else 3600
      end as step
    from ranged
  )
  where json_extract('{}', case
    when :bucket not in ('', 'hour', 'day')
      then 'bucket: write hour or day, not ' || :bucket
    when (to_s - from_s) / step > 5000
      then 'bucket: ' || ((to_s - from_s) / step) ||
        ' are too many, at most 5000; ask for bucket=day or a shorter time'
  end) is null
),
slots as materialized (
  with recursive starts(start_s, from_s, to_s, step) as (
    select from_s, from_s, to_s, step from stepped
    union all
    select start_s + step, from_s, to_s, step from starts where start_s + step < to_s
    limit 5002
  )
  select
    strftime('%Y-%m-%dT%H:%M:%SZ', start_s, 'unixepoch') as bucket,
    start_s,
    start_s + step as next_s,
    start_s as begin_s,
    min(start_s + step, to_s) as end_s
  from starts
)
