-- Whether a term was there when its campaign began, whose history is fetched, or joined it
-- later. It was told by the time of adding, which a term that comes back has anew.

alter table terms add column from_start integer not null default 1;
update terms set from_start = added_at <= (
  select min(first.added_at) from terms first where first.campaign_id = terms.campaign_id
);
