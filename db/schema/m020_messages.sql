-- What many posts say alike, found without looking at all there is: each hour's leading
-- messages in order, and the posts of a message in an hour. The hour comes first, so that
-- posts of now are written side by side: a message's number lies anywhere.

create index hourly_messages_leading on hourly_messages (campaign_id, hour, posts)
  where posts > 1;
create index posts_said on posts (unixepoch(published_at) / 3600, message)
  where message is not null;
