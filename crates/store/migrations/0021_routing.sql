-- Who gets which deal: teams, working hours, rules, and what they have given to whom.

CREATE TABLE teams (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    -- Who leads it, and is told when an answer is late.
    head_id UUID REFERENCES users (id),
    -- The ids of users, in their order.
    members JSON NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Hours of those who have other ones than the company.
CREATE TABLE working_hours (
    user_id UUID PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hours JSON NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Rules in their order: the first that fits counts.
CREATE TABLE assignment_rules (
    id UUID PRIMARY KEY NOT NULL,
    position BIGINT NOT NULL,
    rule JSON NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- When a rule gave somebody their last deal, as a number that grows with each.
CREATE TABLE assignment_turns (
    rule_id UUID NOT NULL REFERENCES assignment_rules (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    turn BIGINT NOT NULL,
    PRIMARY KEY (rule_id, user_id)
);

-- Deals that the rules are to be asked about: those just opened or moved, and those for which nobody is there yet.
CREATE TABLE assignment_waits (
    deal_id UUID PRIMARY KEY NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    -- The stage it came into, when that is why.
    stage TEXT,
    -- The rule that waits for somebody; none when the rules were not asked yet.
    rule_id UUID,
    since BIGINT NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX assignment_waits_due ON assignment_waits (due_at);

-- Who had a deal, from when to when, and how it came to them. Rows are added and ended.
CREATE TABLE assignments (
    id UUID PRIMARY KEY NOT NULL,
    deal_id UUID NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (id),
    -- Who had it before.
    former_id UUID,
    -- The rule that gave it, as it was called then; none when a person did.
    rule_id UUID,
    rule_name TEXT NOT NULL,
    -- What the choice was made by: JSON.
    reason JSON NOT NULL,
    stage TEXT NOT NULL,
    -- Who gave it: the id of a user or key, or `system`.
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    ended_at BIGINT,
    -- When an answer is late, when the head of the team is told, and when to look at it again.
    answer_due_at BIGINT,
    tell_head_at BIGINT,
    look_at BIGINT,
    is_late BOOLEAN NOT NULL,
    -- The first answer, and after how much working time of the person it came.
    answered_at BIGINT,
    answer_id UUID,
    answered_after_ms BIGINT
);
CREATE INDEX assignments_deal ON assignments (deal_id, at, id);
CREATE INDEX assignments_user ON assignments (user_id, at);
CREATE INDEX assignments_look ON assignments (look_at);
CREATE INDEX assignments_answer ON assignments (answer_id);

-- When whoever has the deal is late with the first answer; empty when they have answered or need not.
ALTER TABLE deals ADD COLUMN answer_due_at BIGINT;
CREATE INDEX deals_closed ON deals (closed_at, status);
