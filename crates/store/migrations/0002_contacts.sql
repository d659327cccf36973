CREATE TABLE contacts (
    id UUID PRIMARY KEY NOT NULL,
    email TEXT UNIQUE,
    is_email_verified BOOLEAN NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    phone TEXT NOT NULL,
    company TEXT NOT NULL,
    locale TEXT NOT NULL,
    tags JSON NOT NULL,
    traits JSON NOT NULL,
    -- First touch, kept when the contact is made: where they came from.
    channel TEXT NOT NULL,
    -- Lower case name, e-mail, phone and company in one text.
    search TEXT NOT NULL,
    source TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX contacts_created ON contacts (created_at, id);
CREATE INDEX contacts_source ON contacts (source);

-- Every "yes" and "no" with its exact words. Rows are only added.
CREATE TABLE consents (
    id UUID PRIMARY KEY NOT NULL,
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    is_given BOOLEAN NOT NULL,
    wording TEXT NOT NULL,
    locale TEXT NOT NULL,
    origin TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX consents_contact ON consents (contact_id, purpose, at);
