-- Whether a lexicon knows any word, sign or picture of a post, so that a neutral post of
-- which none spoke counts apart. Of posts that were scored before this it is not known
-- (NULL) until `groundswell rescore`; so both kinds are counted, and what is neither is not
-- known. Nothing is written anew here: the columns' values are those of no post.

alter table posts add column evidence integer;  -- 1: some; 0: none; NULL: not looked at
alter table hourly add column with_evidence integer not null default 0;
alter table hourly add column without_evidence integer not null default 0;
alter table daily add column with_evidence integer not null default 0;
alter table daily add column without_evidence integer not null default 0;
