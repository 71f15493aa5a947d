-- title: What belongs to posts
-- description: Of each of these posts, what is read beside its words: tags, media, where it
--   was seen, what it answers, its earlier versions, how its counts grew. Posts that were
--   deleted or withheld are left out.
-- param ids: rows in posts, as a JSON array of numbers, of which the first 100 count; the
--   newest post if left out
-- column id: the row in posts
-- column hashtags: JSON array, casefolded, without #
-- column media: JSON array of type, url, preview_url and alt
-- column seen_on: the sources that showed it, JSON array of slugs
-- column copies: how many copies of it elsewhere are known
-- column answers: the post that it answers, where that is stored and live: id, handle, text;
--   JSON; NULL: none
-- column versions: earlier versions of its words, oldest first: seen_at, text; JSON array
-- column first_counts: the counts as they were seen first: at, replies, reposts, likes; JSON;
--   NULL: never written
with
-- Nothing asked is the newest post, so that the query shows what it gives.
wanted as materialized (
  select p.id
  from posts p
  where p.state in ('live', 'edited') and p.id in (
    select value from json_each(iif(json_valid(:ids), :ids, '[]')) where key < 100
    union all
    select max(id) from posts where :ids = ''
  )
)
select
  p.id,
  (select json_group_array(tag) from (
    select h.tag from post_hashtags x join hashtags h on h.id = x.hashtag_id
    where x.post_id = p.id order by h.tag)) as hashtags,
  (select json_group_array(json_object(
      'type', type, 'url', url, 'preview_url', preview_url, 'alt', alt))
    from (select * from media where post_id = p.id order by position)) as media,
  (select json_group_array(slug) from (
    select distinct s.slug from observations o join sources s on s.id = o.source_id
    where o.post_id = p.id order by s.slug)) as seen_on,
  (select count(*) from copies where post_id = p.id and scheme <> 'local_id') as copies,
  (select json_object('id', q.id, 'handle', a.handle, 'text', q.text)
    from posts q join authors a on a.id = q.author_id
    where q.uri = p.reply_to and q.state in ('live', 'edited')) as answers,
  (select json_group_array(json_object('seen_at', seen_at, 'text', text))
    from (select * from revisions where post_id = p.id order by version)) as versions,
  (select json_object('at', at, 'replies', replies, 'reposts', reposts, 'likes', likes)
    from metrics where post_id = p.id order by at_s limit 1) as first_counts
from wanted
join posts p on p.id = wanted.id
order by p.published_at desc, p.id desc
