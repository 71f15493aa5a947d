-- Full-text search over text and title.

create virtual table posts_fts using fts5(
  text, title, content="posts", content_rowid="id",
  tokenize="unicode61 remove_diacritics 2"
);
-- New posts are appended once a batch (stack.md section 3: insert triggers cost a factor
-- of 4 to 6); changed and removed ones, which are few, by these two triggers.
create trigger posts_fts_changed after update of text, title on posts
when old.text is not new.text or old.title is not new.title begin
  insert into posts_fts(posts_fts, rowid, text, title)
    values ('delete', old.id, old.text, old.title);
  insert into posts_fts(rowid, text, title) values (new.id, new.text, new.title);
end;
create trigger posts_fts_removed after delete on posts begin
  insert into posts_fts(posts_fts, rowid, text, title)
    values ('delete', old.id, old.text, old.title);
end;
