-- Mailboxes that mail is fetched from, by user, server and folder: how far each was read, and how it went.
CREATE TABLE inboxes (
    address TEXT PRIMARY KEY NOT NULL,
    -- Of the folder: another one says that its mails have other numbers. None before the first look.
    uid_validity BIGINT,
    -- The number of the mail that was read last.
    last_uid BIGINT NOT NULL,
    -- Mail that arrived before is not asked for: it was read under other numbers.
    since BIGINT,
    -- When it was last looked into without a fault.
    fetched_at BIGINT,
    -- What was wrong the last time, its kind and its words; none when nothing was.
    fault_kind TEXT,
    fault TEXT,
    -- Looks in a row that failed.
    failures BIGINT NOT NULL,
    -- When it is looked into again. Whoever looks puts it off first, so that nobody else does.
    next_at BIGINT NOT NULL
);

-- The first e-mail of the conversation; none where it is this one.
ALTER TABLE emails ADD COLUMN conversation_id UUID;
