-- title: Alerts
-- description: What staff should know, newest first: a spike, or silence where the sources
--   were read, held against what the series itself made usual, by the hour and the weekday
--   (docs/accuracy.md says how often that is right); a change of tone, a new hashtag, a page
--   taking off, a large audience, the same text by many, a post that was shared changed, a
--   source failing, a phrase or an account that staff named. Time that nobody saw raises
--   nothing. What was so before the monitor started is only learnt from.
-- param campaign: the campaign's slug; needed
-- param from_at: UTC time, or a date; 7 days before to_at if left out
-- param to_at: UTC time (not included), or a date (included); now if left out
-- param platform: only this platform; all if left out
-- column id: number of the alert
-- column rule: spike, silence, tone, hashtag, link, audience, copies, cited, source or mention
-- column platform: where; NULL: on several
-- column subject: what it is about: a measure, a tag, an address, an account, a source
-- column raised_at: the beginning of the time in which it was found, UTC
-- column resolved_at: when it was over, UTC; NULL: still so
-- column summary: what is so, in a sentence
-- column posts: posts that it is about, the newest 2,000 at most; of a spike those of the
--   quarter of an hour before
-- column expected: posts that five minutes usually have then
-- column voices: voices that wrote them
-- column top_three_share: the share of the three that wrote most, 0 to 1
-- column repeated_share: the share of posts that say what an earlier one says, 0 to 1
-- column examples: ids of five of them, the most shared first, JSON
-- column links: the links that most of them share, with posts, JSON
-- column covered: the share of the time looked at that was seen, 0 to 1; NULL: nothing
--   watches
-- column query: where its posts can be read
with
-- include: _range
-- include: _campaign
select
  a.id, a.rule, a.platform, a.subject, a.raised_at, a.resolved_at, a.summary,
  json_extract(a.evidence, '$.posts') as posts,
  json_extract(a.evidence, '$.expected') as expected,
  json_extract(a.evidence, '$.voices') as voices,
  json_extract(a.evidence, '$.top_three_share') as top_three_share,
  json_extract(a.evidence, '$.repeated_share') as repeated_share,
  json_extract(a.evidence, '$.examples') as examples,
  json_extract(a.evidence, '$.links') as links,
  json_extract(a.evidence, '$.covered') as covered,
  json_extract(a.evidence, '$.query') as query
from asked
join alerts a on a.campaign_id = asked.campaign_id
where a.raised_at >= asked.from_at and a.raised_at < asked.to_at
  and (:platform = '' or a.platform = :platform)
order by a.raised_at desc, a.id desc
limit 200
