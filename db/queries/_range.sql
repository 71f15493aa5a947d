-- ranged: the asked time, in unix seconds. to_s is not part of it and never lies ahead of
-- now: time that has not happened yet is not blind. A wrong parameter is an error (HTTP
-- 400) that names it, never an empty answer; SQL has no raise() outside triggers, and a
-- broken JSON path is the one way to send a sentence. Each expression is named once: SQLite
-- reads an expression anew wherever it is named, with all that it names, before it begins.
-- The modifier makes date() turn 31 February into 3 March, by which it is found out.
given as (
  select
    case when date(substr(:from_at, 1, 10), '+0 days') is substr(:from_at, 1, 10)
      then unixepoch(:from_at) end as from_s,
    case
      when :to_at = '' then unixepoch('now')
      when date(substr(:to_at, 1, 10), '+0 days') is not substr(:to_at, 1, 10) then null
      when length(:to_at) = 10 then unixepoch(:to_at, '+1 day')
      else unixepoch(:to_at)
    end as to_s
),
spanned as (
  select from_s as given_from_s, to_s as given_to_s,
    max(0, coalesce(from_s, min(to_s, unixepoch('now')) - 7 * 86400)) as from_s,
    min(to_s, unixepoch('now')) as to_s
  from given
),
ranged as materialized (
  select from_s, to_s from spanned
  where json_extract('{}', case
    when :from_at <> '' and given_from_s is null
      then 'from_at: write it as 2026-05-01 or 2026-05-01T09:00:00Z, not ' || :from_at
    when given_to_s is null
      then 'to_at: write it as 2026-05-01 or 2026-05-01T09:00:00Z, not ' || :to_at
    when from_s >= to_s then 'from_at: it must lie before to_at and before now'
  end) is null
)
