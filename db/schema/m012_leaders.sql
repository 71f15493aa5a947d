-- Each day's most frequent links, tags and voices, in order: `top_…` reads from there and
-- does not add up all there are. The many with one post are in no list.

create index daily_hashtags_leading on daily_hashtags (campaign_id, day, posts)
  where posts > 1;
create index daily_links_leading on daily_links (campaign_id, day, posts) where posts > 1;
create index daily_voices_leading on daily_voices (campaign_id, day, posts) where posts > 1;

-- Posts by how often they were shared, for the most shared ones of any time.
create index posts_shared on posts (coalesce(reposts, 0) + coalesce(quotes, 0))
  where coalesce(reposts, 0) + coalesce(quotes, 0) > 0;
