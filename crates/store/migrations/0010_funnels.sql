CREATE TABLE funnels (
    id UUID PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    -- The version that runs.
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Every version that was ever published, unchanged.
CREATE TABLE funnel_versions (
    funnel_id UUID NOT NULL REFERENCES funnels (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    document JSON NOT NULL,
    published_by TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (funnel_id, version)
);
