-- In which time zone a campaign's pages show times and read them: an IANA name. What is
-- stored stays UTC.

alter table campaigns add column timezone text not null default 'UTC';
