-- What only e-mails between salespeople and contacts have; the rest of each is an activity.
CREATE TABLE emails (
    activity_id UUID PRIMARY KEY NOT NULL REFERENCES activities (id) ON DELETE CASCADE,
    -- Mail that came in, or that a colleague sent from elsewhere: its Message-ID, so that it is kept once.
    message_id TEXT UNIQUE,
    -- Mail that leaves here: where its sending stands.
    outgoing_id UUID UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    sender_name TEXT NOT NULL,
    reply_to TEXT,
    -- The Message-IDs of the conversation so far, oldest first, with spaces between; the last is what it answers.
    thread TEXT NOT NULL,
    -- It answers a mail of the receiver's.
    is_answer BOOLEAN NOT NULL,
    -- Whoever wrote it has said that it is no marketing.
    is_not_marketing BOOLEAN NOT NULL
);

-- How mail that came in was taken: what is not kept is counted.
CREATE TABLE email_intake (
    outcome TEXT PRIMARY KEY NOT NULL,
    count BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);
