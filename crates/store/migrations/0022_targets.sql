-- What people, teams, funnels, stages and the company are to reach in each month, quarter or year.
CREATE TABLE targets (
    id UUID PRIMARY KEY NOT NULL,
    -- Whose it is: at most one of these; none for everybody.
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    team_id UUID REFERENCES teams (id) ON DELETE CASCADE,
    -- Period, unit, amount, and of which funnel and stage: JSON.
    target JSON NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
