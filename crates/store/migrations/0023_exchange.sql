-- Indexes that rest while very many rows come in, with the statement that makes them again.
CREATE TABLE indexes_at_rest (
    name TEXT PRIMARY KEY NOT NULL,
    statement TEXT NOT NULL
);

-- What records are called in the programs that they were brought in from: whose next file finds them so.
CREATE TABLE external_ids (
    -- Whose id it is, as `hubspot`.
    system TEXT NOT NULL,
    -- contact, company or deal.
    entity TEXT NOT NULL,
    external_id TEXT NOT NULL,
    record_id UUID NOT NULL,
    -- The import that told it.
    import_id UUID NOT NULL,
    -- The record's updated_at when the import was done with it, if the import made it.
    made_at BIGINT,
    PRIMARY KEY (system, entity, external_id)
);
CREATE INDEX external_ids_import ON external_ids (import_id, entity, record_id);

-- Lists of deals in each of their orders, and boards of several hundred thousand: counts and sums are read from the
-- index alone, since looking up each deal took most of a second.
CREATE INDEX deals_created ON deals (created_at, id);
CREATE INDEX deals_value ON deals (value_minor, id);
CREATE INDEX deals_entered ON deals (stage_entered_at, id);
CREATE INDEX deals_sums ON deals (funnel_id, status, stage, currency, owner_id, value_minor);
CREATE INDEX deals_ended ON deals (funnel_id, status, closed_at);
-- What somebody did today, among all that they ever did.
CREATE INDEX activities_done ON activities (assignee_id, done_at);
