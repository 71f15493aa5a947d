-- title: Notices
-- description: What was told of alerts, to whom, and whether it arrived, newest first. A
--   notice is marked before it is sent and never sent twice: where the monitor ended in
--   between, it is unsure.
-- param top: how many rows, 1 to 1000; 20 if left out
-- column campaign: the campaign's slug
-- column rule: spike or silence
-- column platform: where
-- column raised_at: when the alert was raised, UTC
-- column channel: whom to tell, as named in the configuration
-- column event: raised or over
-- column state: waiting, sending, sent, failed (given up) or unsure (it may have arrived)
-- column attempts: how often it was tried
-- column due_at: not before, UTC
-- column sent_at: when it arrived, UTC; NULL: it has not, or nobody knows
-- column error: what went wrong last
with
-- include: _top
select
  c.slug as campaign, a.rule, a.platform, a.raised_at, d.channel, d.event, d.state,
  d.attempts, d.due_at, d.sent_at, d.error
from alerts a
join deliveries d on d.alert_id = a.id
join campaigns c on c.id = a.campaign_id
order by a.id desc, d.channel, d.event desc
limit (select top from topped)
