-- title: Terms of a campaign
-- description: What is searched for, and since when.
-- param campaign: the campaign's slug; needed
-- column kind: hashtag, phrase, account, domain or feed
-- column value: as it is compared: casefolded, without #
-- column display: as staff wrote it
-- column added_at: since when, UTC
-- column removed_at: until when, UTC; NULL: it is searched for
-- column reason: why it was removed; NULL: none was given
select t.kind, t.value, t.display, t.added_at, t.removed_at, t.reason
from campaigns c
join terms t on t.campaign_id = c.id
where c.slug = :campaign
order by t.removed_at is not null, t.id
