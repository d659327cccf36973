-- One file brought in: how it was read, what its columns mean, how far it is.
CREATE TABLE imports (
    id UUID PRIMARY KEY NOT NULL,
    file_name TEXT NOT NULL,
    -- Where the file lies; an upload lies in the data folder and is removed after a while.
    path TEXT NOT NULL,
    is_uploaded BOOLEAN NOT NULL,
    size_bytes BIGINT NOT NULL,
    state TEXT NOT NULL,
    hint JSON NOT NULL,
    mapping JSON,
    -- Where a run that was interrupted goes on.
    checkpoint JSON,
    bytes_done BIGINT NOT NULL,
    -- What the last dry run found, and what taking it back removed.
    findings JSON,
    error TEXT,
    is_cancel_wanted BOOLEAN NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
