-- What the monitor raised: of which platform; each once, also where it is found again.

alter table alerts add column platform text;
create unique index alerts_once on alerts (campaign_id, rule, platform, raised_at);
