-- People who have something in common.
CREATE TABLE segments (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- Who is in it, as JSON; none where somebody chose them by hand.
    rule JSON,
    -- Counts the changes.
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX segments_name ON segments (name);

-- Who is in a segment. Of rules this is what the program found, and finds again; of others it is what somebody chose.
CREATE TABLE segment_members (
    segment_id UUID NOT NULL REFERENCES segments (id) ON DELETE CASCADE,
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    entered_at BIGINT NOT NULL,
    PRIMARY KEY (segment_id, contact_id)
);
CREATE INDEX segment_members_contact ON segment_members (contact_id);
