-- Boards of several hundred thousand deals: all that is summed or looked at lies in the index. Deals that were won lately
-- were looked up one by one for their sums (59 ms of 38,000), and one's own were found among everybody's (245 ms when there
-- were none).
DROP INDEX deals_ended;
CREATE INDEX deals_ended ON deals (funnel_id, status, closed_at, stage, currency, owner_id, value_minor);
CREATE INDEX deals_own_board ON deals (owner_id, funnel_id, status, stage, stage_entered_at, closed_at, currency, value_minor);
-- With the channel, a list of one stage and channel is counted in the index, too.
DROP INDEX deals_sums;
CREATE INDEX deals_sums ON deals (funnel_id, status, stage, currency, owner_id, value_minor, channel);
-- Deals made in a time, for the report of a team.
CREATE INDEX deals_made ON deals (funnel_id, created_at, status, stage, currency, owner_id, value_minor);

-- What each person did in a time, counted in the index: among five million activities that took four seconds.
CREATE INDEX activities_written ON activities (author_id, kind, at, is_open, removed_at);
CREATE INDEX activities_held ON activities (assignee_id, kind, at, outcome, is_open, removed_at)
    WHERE assignee_id IS NOT NULL;
DROP INDEX activities_done;
CREATE INDEX activities_done ON activities (assignee_id, done_at, kind, is_open, removed_at);
-- Of what was removed alone: SQLite took it for a way to the millions that were not.
DROP INDEX activities_removed;
CREATE INDEX activities_removed ON activities (removed_at) WHERE removed_at IS NOT NULL;

-- PostgreSQL uses what it knows about the values of an own field only from an index of all rows.
--postgres DO $$ DECLARE one record; BEGIN
--postgres FOR one IN SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
--postgres AND indexname LIKE 'by\_%' AND indexdef LIKE '% WHERE %' LOOP
--postgres EXECUTE 'DROP INDEX ' || quote_ident(one.indexname);
--postgres EXECUTE regexp_replace(one.indexdef, '\s+WHERE .*$', '');
--postgres END LOOP; END $$;
--postgres ANALYZE contacts;
-- SQLite would not take the new ones before the next day. As in `Store::refresh_statistics`.
--sqlite PRAGMA analysis_limit = 100000;
ANALYZE deals;
ANALYZE activities;
