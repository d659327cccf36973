-- Indexes that rest while very many rows come in, with the statement that makes them again. PostgreSQL needs none.
--sqlite CREATE TABLE indexes_at_rest (
--sqlite     name TEXT PRIMARY KEY NOT NULL,
--sqlite     statement TEXT NOT NULL
--sqlite );

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
