-- One row per live post and campaign, for people and scripts.

create view timeline as
select
  p.id, c.slug as campaign, p.published_at, p.platform,
  a.handle, a.display_name as author, p.title, p.text, p.content_warning,
  (select group_concat(h.tag, ' ') from post_hashtags ph
    join hashtags h on h.id = ph.hashtag_id where ph.post_id = p.id) as hashtags,
  p.lang, p.sentiment, p.polarity, p.confidence, p.unscored,
  p.replies, p.reposts, p.likes, p.quotes, p.views,
  p.kind, p.state, p.url, p.uri, p.observed_at
from matches m
join campaigns c on c.id = m.campaign_id
join posts p on p.id = m.post_id
join authors a on a.id = p.author_id
where m.first and p.state in ('live', 'edited');
