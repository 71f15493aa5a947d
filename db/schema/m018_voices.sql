-- The same person on several platforms is one voice: by their own public proof, by a
-- bridge's word, or because staff said so.

-- The addresses of which a platform found out that they are the author's, in one form.
create table author_links (
  author_id integer not null references authors(id), address text not null,
  primary key (author_id, address)
) strict, without rowid;
create index author_links_address on author_links (address);

-- What staff decided about two accounts; 0: they are never one voice.
create table voice_decisions (
  author_id integer not null references authors(id),
  other_id integer not null references authors(id),
  together integer not null check (together in (0, 1)),
  by text not null, at text not null,
  primary key (author_id, other_id), check (author_id < other_id)
) strict, without rowid;
create index voice_decisions_other on voice_decisions (other_id);

-- Whose profile an address is.
create index authors_page on authors (url) where url is not null;
