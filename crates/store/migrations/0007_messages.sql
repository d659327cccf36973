-- Mail templates as the company wrote them, one row a language. What is not here is built in.
CREATE TABLE templates (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    subject TEXT NOT NULL,
    preheader TEXT NOT NULL,
    mjml TEXT NOT NULL,
    plain TEXT,
    updated_at BIGINT NOT NULL,
    UNIQUE (name, locale)
);

-- Every outgoing mail. A row says "sending" before the network is touched; what it says after a crash
-- decides whether the mail may be sent again.
CREATE TABLE messages (
    id UUID PRIMARY KEY NOT NULL,
    -- Absent for mail to staff and for tests.
    contact_id UUID REFERENCES contacts (id) ON DELETE CASCADE,
    -- The job that sends it; absent for tests, which are sent at once.
    job_id UUID,
    -- What asked for the mail: the same thing never makes two mails.
    dedup_key TEXT UNIQUE,
    kind TEXT NOT NULL,
    template TEXT NOT NULL,
    locale TEXT NOT NULL,
    -- Address and Message-ID, fixed when it is first sent.
    sender TEXT,
    message_id TEXT,
    recipient TEXT NOT NULL,
    recipient_name TEXT NOT NULL,
    subject TEXT NOT NULL,
    is_unsubscribable BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    -- Times the network was touched; also the version that a change of state must show.
    attempts BIGINT NOT NULL,
    error TEXT,
    -- The receiving server has said that there is no such mailbox.
    is_bad_address BOOLEAN NOT NULL,
    reply TEXT,
    remark TEXT,
    created_at BIGINT NOT NULL,
    -- When it was last filled in.
    written_at BIGINT NOT NULL,
    sending_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX messages_contact ON messages (contact_id, id);
CREATE INDEX messages_state ON messages (state, id);
CREATE INDEX messages_template ON messages (template, id);
CREATE INDEX messages_recipient ON messages (recipient, id);

-- What was sent, to the letter. Apart, so that lists of messages do not read it.
CREATE TABLE message_contents (
    message_id UUID PRIMARY KEY NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    html TEXT NOT NULL,
    plain TEXT NOT NULL
);
