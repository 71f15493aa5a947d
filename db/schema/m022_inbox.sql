-- Posts that need an eye, by rules that staff edit; what was done with them stands in notes,
-- to which rows are only ever added: two people at once lose nothing.

create table inbox_rules (
  id integer primary key, campaign_id integer not null references campaigns(id),
  kind text not null check (kind in
    ('question', 'audience', 'listed', 'rise', 'named')),
  value text not null default '',    -- an account, for "listed" and "named"
  least integer,                     -- followers or shares; NULL: of no account for this kind
  created_by text not null, created_at text not null, removed_at text,
  removed_by text
) strict;
create index inbox_rules_campaign on inbox_rules (campaign_id);

create table inbox (                 -- which rule brought a post here, and when
  campaign_id integer not null references campaigns(id),
  post_id integer not null references posts(id),
  rule_id integer not null references inbox_rules(id),
  at text not null,
  primary key (campaign_id, post_id, rule_id)
) strict, without rowid;
create index inbox_newest on inbox (campaign_id, at);
create index inbox_post on inbox (post_id);
create index notes_post on notes (post_id, id);
