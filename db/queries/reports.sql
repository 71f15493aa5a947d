-- title: Reports
-- description: The reports that were made on schedule, newest first, and for each channel
--   whether it arrived. A report is marked before it is sent and never sent twice: where
--   the monitor ended in between, it is unsure.
-- param top: how many rows, 1 to 1000; 20 if left out
-- column name: the report's name in the configuration
-- column period_from: what it is about, from, UTC
-- column period_to: until, UTC, not included
-- column made_at: when it was made, or last tried, UTC
-- column state: made, failed (it is tried again) or skipped (due before it was configured)
-- column channel: whom it goes to, as named in the configuration; NULL: nobody
-- column sending: waiting, sending, sent, failed (given up) or unsure (it may have arrived)
-- column attempts: how often sending was tried
-- column sent_at: when it arrived, UTC; NULL: it has not, or nobody knows
-- column error: what went wrong last
with
-- include: _top
select
  r.name, r.period_from, r.period_to, r.made_at, r.state, d.channel, d.state as sending,
  d.attempts, d.sent_at, coalesce(r.error, d.error) as error
from reports r
left join report_deliveries d on d.report_id = r.id
order by r.id desc, d.channel
limit (select top from topped)
