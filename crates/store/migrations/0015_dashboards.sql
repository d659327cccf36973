-- Questions that were given a name, to be asked again.
CREATE TABLE saved_insights (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- The word in the question that says its kind: funnel, trend, ...
    kind TEXT NOT NULL,
    -- As it was asked when it was saved. A later version of the program may ask in other words.
    query JSON NOT NULL,
    view JSON NOT NULL,
    -- Lower case name.
    search TEXT NOT NULL,
    created_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX saved_insights_kind ON saved_insights (kind, id);

CREATE TABLE dashboards (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    period JSON NOT NULL,
    tiles JSON NOT NULL,
    is_pinned BOOLEAN NOT NULL,
    search TEXT NOT NULL,
    created_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Which tiles show what. No cascade from the insight: what a dashboard shows does not go unnoticed.
CREATE TABLE dashboard_insights (
    dashboard_id UUID NOT NULL REFERENCES dashboards (id) ON DELETE CASCADE,
    insight_id UUID NOT NULL REFERENCES saved_insights (id),
    PRIMARY KEY (dashboard_id, insight_id)
);
CREATE INDEX dashboard_insights_insight ON dashboard_insights (insight_id);
