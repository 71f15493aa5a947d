-- Each day's most frequent links, tags and voices, in order: `top_…` reads from there and
-- does not add up all there are. The many with one post are in no list.

create index daily_hashtags_leading on daily_hashtags (campaign_id, day, posts)
  where posts > 1;
create index daily_links_leading on daily_links (campaign_id, day, posts) where posts > 1;
create index daily_voices_leading on daily_voices (campaign_id, day, posts) where posts > 1;
