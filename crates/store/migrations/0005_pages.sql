-- Uploaded files; the bytes lie in the data folder under the id.
CREATE TABLE files (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 BYTES NOT NULL UNIQUE,
    width_px BIGINT,
    height_px BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE pages (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Of a page and locale: at most one draft, at most one published version, and all that were published before.
CREATE TABLE page_versions (
    id UUID PRIMARY KEY NOT NULL,
    page_id UUID NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    locale TEXT NOT NULL,
    state TEXT NOT NULL,
    slug TEXT NOT NULL,
    doc JSON NOT NULL,
    author TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX page_versions_draft ON page_versions (page_id, locale) WHERE state = 'draft';
CREATE UNIQUE INDEX page_versions_published ON page_versions (page_id, locale) WHERE state = 'published';
CREATE UNIQUE INDEX page_versions_slug ON page_versions (slug) WHERE state = 'published';
CREATE INDEX page_versions_page ON page_versions (page_id, locale, created_at);

CREATE TABLE magnets (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    file_id UUID REFERENCES files (id),
    code TEXT NOT NULL,
    url TEXT NOT NULL,
    downloads BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Forms that were sent. The token of a form is used once: a double click is one submission.
CREATE TABLE submissions (
    id UUID PRIMARY KEY NOT NULL,
    page_id UUID NOT NULL,
    form_id TEXT NOT NULL,
    contact_id UUID NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    magnet_id UUID,
    fields JSON NOT NULL,
    -- What was agreed to; written to the ledger at once, or when the address is confirmed.
    consents JSON NOT NULL,
    locale TEXT NOT NULL,
    path TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    -- Absent until the address is confirmed, when the form asks for that.
    confirmed_at BIGINT
);
CREATE INDEX submissions_contact ON submissions (contact_id, created_at);
