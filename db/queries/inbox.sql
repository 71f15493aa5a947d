-- title: Inbox
-- description: Posts that need an eye, by the rules that staff wrote, with what was done
--   about each. For people who are signed in. Of the last 30 days. Most urgent first means:
--   questions, then the others; among them by shares, then by followers, then the newest.
-- param campaign: the campaign's slug; needed
-- param status: open, waiting, done or all; open if left out
-- param assignee: only what this person has; everybody's if left out
-- param order: urgent (most urgent first) or newest; newest if left out
-- param top: how many rows, 1 to 1000; 20 if left out
-- column id: the row in posts
-- column published_at: when it was published, UTC
-- column platform: where
-- column handle: who, as named on the platform
-- column author: the name shown
-- column author_url: the profile
-- column followers: of the account; NULL: unknown
-- column title: an article's title
-- column text: plain text
-- column content_warning: what the author put before it
-- column lang: BCP 47; und where it could not be told
-- column sentiment: negative, neutral, positive; NULL: not scored
-- column polarity: -1 to 1; NULL: not scored
-- column confidence: of sentiment, 0 to 1; NULL: the engine has none, or not scored
-- column unscored: why there is no score
-- column replies: NULL: unknown
-- column reposts: NULL: unknown
-- column likes: NULL: unknown
-- column quotes: NULL: unknown
-- column views: NULL: unknown
-- column kind: post, reply, repost, quote, article, comment or video
-- column state: live or edited
-- column url: the page to read it on
-- column uri: its identity, the same on every source
-- column why: the rules that brought it here: kind, value and least of each, JSON
-- column came_at: when it came into the inbox, UTC
-- column status: open, waiting or done
-- column assignee: who has it; NULL: nobody
-- column last_note: number of the last note; NULL: none
-- column notes: who did what when, oldest first, JSON
with
-- include: _top
unnamed(sentence) as materialized (
  select 'campaign: there is none called ' || :campaign
    where :campaign not in (select slug from campaigns)
  union all
  select 'status: write open, waiting, done or all, not ' || :status
    where :status not in ('', 'open', 'waiting', 'done', 'all')
  union all
  select 'order: write urgent or newest, not ' || :order
    where :order not in ('', 'urgent', 'newest')
),
asked as materialized (
  select id as campaign_id from campaigns where slug = :campaign and not exists (
    select 1 from unnamed where json_extract('{}', sentence) is not null
  )
),
came as materialized (
  select i.post_id, min(i.at) as came_at,
    max(r.kind = 'question') as asks,
    json_group_array(json_object('kind', r.kind, 'value', r.value, 'least', r.least)) as why
  from asked
  cross join inbox i indexed by inbox_newest on i.campaign_id = asked.campaign_id
    and i.at >= strftime('%Y-%m-%dT%H:%M:%SZ', (
      select max(at) from inbox where campaign_id = (select campaign_id from asked)
    ), '-30 days')
  join inbox_rules r on r.id = i.rule_id
  group by i.post_id
),
standing as (
  select c.*, n.id as last_note, coalesce(n.status, 'open') as status, n.assignee
  from came c
  left join notes n on n.id = (
    select max(id) from notes where post_id = c.post_id
  )
)
select
  p.id, p.published_at, p.platform, a.handle, a.display_name as author,
  a.url as author_url, a.followers, p.title, p.text, p.content_warning, p.lang,
  p.sentiment, p.polarity, p.confidence, p.unscored, p.replies, p.reposts, p.likes,
  p.quotes, p.views, p.kind, p.state, p.url, p.uri,
  s.why, s.came_at, s.status, s.assignee, s.last_note,
  (select json_group_array(json_object(
      'by', written_by, 'at', at, 'status', status, 'assignee', assignee, 'note', note))
    from (select * from notes where post_id = p.id order by id)) as notes
from standing s
join posts p on p.id = s.post_id
join authors a on a.id = p.author_id
where p.state in ('live', 'edited')
  and (:status = 'all' or s.status = coalesce(nullif(:status, ''), 'open'))
  and (:assignee = '' or s.assignee = :assignee)
order by
  case when :order = 'urgent' then s.asks end desc,
  case when :order = 'urgent' then coalesce(p.reposts, 0) + coalesce(p.quotes, 0) end desc,
  case when :order = 'urgent' then coalesce(a.followers, 0) end desc,
  s.came_at desc, p.id desc
limit (select top from topped)
