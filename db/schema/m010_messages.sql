-- Posts, messages and voices: three numbers. A message is what several posts say alike, a
-- voice a person with one account or several.

alter table posts add column message integer;  -- NULL: its words were taken back
update posts set message = message_of(
  text, title,
  (select json_group_array(l.url) from post_links pl join links l on l.id = pl.link_id
    where pl.post_id = posts.id),
  repost_of, uri
) where state in ('live', 'edited');

create table hourly_messages (
  campaign_id integer not null references campaigns(id), hour text not null,
  message integer not null, platform text not null,
  posts integer not null, primary key (campaign_id, hour, message, platform)
) strict, without rowid;
create index hourly_messages_empty on hourly_messages (campaign_id) where posts = 0;
insert into hourly_messages
select m.campaign_id, substr(p.published_at, 1, 13) || ':00:00Z', p.message, p.platform,
  count(*)
from posts p join matches m on m.post_id = p.id and m.first
where p.state in ('live', 'edited') group by 1, 2, 3, 4;

-- Which account a bridge's mirror is of, as authors(id); NULL: it speaks for itself.
alter table authors add column voice integer references authors(id);
create index authors_mirror on authors (lower(handle)) where platform = 'bluesky';
create index authors_mirrored on authors (
  replace(replace(replace(lower(handle), '@', '.'), '_', '-'), '~', '-')
) where platform = 'mastodon';
create index authors_voice on authors (voice) where voice is not null;
update authors set voice = (
  select iif(count(*) = 1, min(own.id), null) from authors own
  where own.platform = 'mastodon'
  and replace(replace(replace(lower(own.handle), '@', '.'), '_', '-'), '~', '-')
    = substr(lower(authors.handle), 1, length(authors.handle) - length('.ap.brid.gy'))
) where platform = 'bluesky' and lower(handle) like '%.ap.brid.gy';
