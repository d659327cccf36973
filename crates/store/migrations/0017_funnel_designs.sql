-- Why a version was published, in the words of whoever did.
ALTER TABLE funnel_versions ADD COLUMN message TEXT NOT NULL DEFAULT '';
-- The YAML that it was written as, with its comments; empty when nobody wrote one.
ALTER TABLE funnel_versions ADD COLUMN source TEXT NOT NULL DEFAULT '';

-- What a funnel shall become. It has the id of its funnel, also while that one never ran: hence no reference.
CREATE TABLE funnel_drafts (
    funnel_id UUID PRIMARY KEY NOT NULL,
    -- The version it began from; 0 for a funnel that never ran.
    base_version BIGINT NOT NULL,
    -- Raised by each save, so that two who write at once hear of each other.
    revision BIGINT NOT NULL,
    document JSON NOT NULL,
    -- The YAML as it was typed, also while it cannot be read; empty when nobody typed any.
    source TEXT NOT NULL,
    created_by TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- What the nightly check last found in each funnel that runs.
CREATE TABLE funnel_findings (
    funnel_id UUID NOT NULL REFERENCES funnels (id) ON DELETE CASCADE,
    rule TEXT NOT NULL,
    path TEXT NOT NULL,
    severity TEXT NOT NULL,
    cost_minor BIGINT,
    cost_currency CHAR(3),
    -- When it was first found; kept while it goes on being found.
    first_found_at BIGINT NOT NULL,
    found_at BIGINT NOT NULL,
    PRIMARY KEY (funnel_id, rule, path)
);
