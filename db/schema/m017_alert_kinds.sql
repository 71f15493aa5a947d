-- Alerts of further kinds: each about something, a tag, a page, a message, an account, a post,
-- a source or a phrase. Posts that others look to are watched for edits and deletions.

alter table alerts add column subject text not null default '';
drop index alerts_once;
create unique index alerts_once
  on alerts (campaign_id, rule, coalesce(platform, ''), subject, raised_at);
create index alerts_open on alerts (campaign_id, rule) where resolved_at is null;
create index alerts_subject on alerts (campaign_id, rule, subject, raised_at);

create table cited (                 -- what was last known of them
  campaign_id integer not null references campaigns(id),
  post_id integer not null references posts(id),
  since_at text not null, state text not null, edited_at text,
  primary key (campaign_id, post_id)
) strict, without rowid;
create index cited_post on cited (post_id);
