-- Gates: what they look at of a deal, what is in its way, and what was approved.

-- Fields of the company's own, by name: a JSON object.
ALTER TABLE deals ADD COLUMN fields JSON NOT NULL DEFAULT '{}';
-- Hundredths of a per cent; empty when nobody has said.
ALTER TABLE deals ADD COLUMN discount_bp BIGINT;
-- The version of the funnel's document that the deal follows.
ALTER TABLE deals ADD COLUMN funnel_version BIGINT NOT NULL DEFAULT 1;
-- Since when events count for it: when it was made, or when what opened it happened.
ALTER TABLE deals ADD COLUMN opened_at BIGINT NOT NULL DEFAULT 0;
-- When somebody last moved it back.
ALTER TABLE deals ADD COLUMN moved_back_at BIGINT;
-- When it was put where it stands, by our clock: `stage_entered_at` is when what moved it happened.
ALTER TABLE deals ADD COLUMN moved_at BIGINT NOT NULL DEFAULT 0;
-- When it must be looked at again, because of time or because something that its gates look at has changed.
ALTER TABLE deals ADD COLUMN gate_due_at BIGINT;
-- What is in the way to the next stage: a list of blocks, as of the last look.
ALTER TABLE deals ADD COLUMN held JSON;
-- What was shut when it was won all the same, because money came.
ALTER TABLE deals ADD COLUMN gate_flag JSON;
-- Who asked whom to approve which stage.
ALTER TABLE deals ADD COLUMN approval_asked JSON;
UPDATE deals SET opened_at = created_at, moved_at = stage_entered_at,
    funnel_version = (SELECT version FROM funnels WHERE funnels.id = deals.funnel_id);
-- Deals that run get their first look.
UPDATE deals SET gate_due_at = 0 WHERE status = 'open';
CREATE INDEX deals_gate_due ON deals (gate_due_at);
CREATE INDEX deals_version ON deals (funnel_id, status, funnel_version);

-- What a person let pass with a reason.
ALTER TABLE deal_history ADD COLUMN overridden JSON;

-- Approvals, numbered from 1 for each deal. Rows are only added.
CREATE TABLE deal_approvals (
    deal_id UUID NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    stage TEXT NOT NULL,
    -- The user who gave it, and their role then.
    given_by TEXT NOT NULL,
    role TEXT NOT NULL,
    -- The fields that it was given for, as they stood: a JSON object.
    fields JSON NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (deal_id, number)
);
