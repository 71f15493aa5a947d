-- termed: none asked for; all of the campaign's terms.
termed(term_id) as materialized (select null where false)
