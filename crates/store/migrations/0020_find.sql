-- What changed and can be found, in the order of commits; triggers write it. Nothing is lost with it: an index that
-- has fallen behind is built anew.
CREATE TABLE search_changes (
    number SERIAL_NUMBER,
    -- 0 where writers take turns.
    transaction_id BIGINT NOT NULL DEFAULT 0,
    noun TEXT NOT NULL,
    thing_id UUID NOT NULL
);
CREATE INDEX search_changes_place ON search_changes (transaction_id, number);

-- Two contacts that look like one person. The lower id stands left.
CREATE TABLE duplicates (
    left_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    right_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    score BIGINT NOT NULL,
    -- What speaks for it.
    reasons JSON NOT NULL,
    found_at BIGINT NOT NULL,
    -- Somebody has said that they are two people.
    is_refused BOOLEAN NOT NULL,
    refused_by TEXT NOT NULL,
    refused_at BIGINT,
    PRIMARY KEY (left_id, right_id)
);
CREATE INDEX duplicates_open ON duplicates (is_refused, score);
CREATE INDEX duplicates_right ON duplicates (right_id);

-- Two contacts that were made one, with all that it takes to part them.
CREATE TABLE merges (
    id UUID PRIMARY KEY NOT NULL,
    kept_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    -- It is no contact any more, until the merge is undone.
    merged_id UUID NOT NULL,
    merged_name TEXT NOT NULL,
    record JSON NOT NULL,
    merged_by TEXT NOT NULL,
    merged_at BIGINT NOT NULL,
    undone_by TEXT NOT NULL,
    undone_at BIGINT
);
CREATE INDEX merges_kept ON merges (kept_id, merged_at);
CREATE INDEX merges_time ON merges (merged_at);
