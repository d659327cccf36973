CREATE TABLE deals (
    id UUID PRIMARY KEY NOT NULL,
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    funnel_id UUID NOT NULL REFERENCES funnels (id),
    stage TEXT NOT NULL,
    value_minor BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    owner_id UUID REFERENCES users (id),
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- By which channel the deal came.
    channel TEXT NOT NULL,
    -- The order that won it.
    order_id UUID,
    -- Lower case title.
    search TEXT NOT NULL,
    stage_entered_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX deals_board ON deals (funnel_id, status, stage, stage_entered_at);
CREATE INDEX deals_contact ON deals (contact_id, status);
CREATE INDEX deals_owner ON deals (owner_id, status);

-- Every change of stage or status, numbered from 1 for each deal. Rows are only added.
CREATE TABLE deal_history (
    deal_id UUID NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    from_stage TEXT,
    stage TEXT NOT NULL,
    status TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (deal_id, number)
);
