-- Companies, fields of their own for records, lists that were saved, edits of many records at once.
CREATE TABLE companies (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    -- The name as it is compared: lower case, without punctuation and legal form.
    name_key TEXT NOT NULL,
    -- Of the web site and of business mail, such as acme.no; empty when unknown.
    domain TEXT NOT NULL,
    organisation_number TEXT NOT NULL,
    phone TEXT NOT NULL,
    address TEXT NOT NULL,
    owner_id UUID REFERENCES users (id) ON DELETE SET NULL,
    tags JSON NOT NULL,
    -- Values of its custom fields by key.
    fields JSON NOT NULL,
    -- Lower case name, domain, organisation number, phone and address in one text.
    search TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX companies_name ON companies ((LOWER(name)), id);
CREATE INDEX companies_name_key ON companies (name_key);
CREATE INDEX companies_domain ON companies ((LOWER(domain)), id);
CREATE INDEX companies_owner ON companies (owner_id, id);
CREATE INDEX companies_updated ON companies (updated_at, id);
CREATE INDEX companies_created ON companies (created_at, id);

-- The text in contacts.company stays as it was written; this says which company it is.
ALTER TABLE contacts ADD COLUMN company_id UUID REFERENCES companies (id) ON DELETE SET NULL;
-- Who looks after the contact.
ALTER TABLE contacts ADD COLUMN owner_id UUID REFERENCES users (id) ON DELETE SET NULL;

-- One index for each order of the list; the id parts equal ones and makes the place of a cursor.
CREATE INDEX contacts_name ON contacts ((LOWER(TRIM(first_name || ' ' || last_name))), id);
CREATE INDEX contacts_last_name ON contacts ((LOWER(last_name)), id);
CREATE INDEX contacts_email ON contacts ((LOWER(email)), id);
CREATE INDEX contacts_phone ON contacts ((LOWER(phone)), id);
CREATE INDEX contacts_company ON contacts ((LOWER(company)), id);
CREATE INDEX contacts_company_id ON contacts (company_id, id);
CREATE INDEX contacts_owner ON contacts (owner_id, id);
CREATE INDEX contacts_channel ON contacts ((LOWER(channel)), id);
CREATE INDEX contacts_locale ON contacts ((LOWER(locale)), id);
CREATE INDEX contacts_updated ON contacts (updated_at, id);

-- Which records have a tag. PostgreSQL looks into the array itself; SQLite has no index that can, so triggers keep the
-- pairs in a table, whoever writes.
--postgres CREATE INDEX contacts_tags ON contacts USING gin (tags jsonb_path_ops);
--postgres CREATE INDEX companies_tags ON companies USING gin (tags jsonb_path_ops);
--sqlite CREATE TABLE tagged (
--sqlite     tag TEXT NOT NULL,
--sqlite     record_id BLOB NOT NULL,
--sqlite     PRIMARY KEY (tag, record_id)
--sqlite ) WITHOUT ROWID;
--sqlite CREATE INDEX tagged_record ON tagged (record_id);
--sqlite INSERT INTO tagged SELECT DISTINCT tag.value, contacts.id FROM contacts, json_each(contacts.tags) AS tag;
--sqlite CREATE TRIGGER contact_tags_added AFTER INSERT ON contacts WHEN NEW.tags <> '[]' BEGIN
--sqlite     INSERT OR IGNORE INTO tagged SELECT value, NEW.id FROM json_each(NEW.tags);
--sqlite END;
--sqlite CREATE TRIGGER contact_tags_changed AFTER UPDATE OF tags ON contacts WHEN NEW.tags <> OLD.tags BEGIN
--sqlite     DELETE FROM tagged WHERE record_id = NEW.id;
--sqlite     INSERT OR IGNORE INTO tagged SELECT value, NEW.id FROM json_each(NEW.tags);
--sqlite END;
--sqlite CREATE TRIGGER contact_tags_removed AFTER DELETE ON contacts WHEN OLD.tags <> '[]' BEGIN
--sqlite     DELETE FROM tagged WHERE record_id = OLD.id;
--sqlite END;
--sqlite CREATE TRIGGER company_tags_added AFTER INSERT ON companies WHEN NEW.tags <> '[]' BEGIN
--sqlite     INSERT OR IGNORE INTO tagged SELECT value, NEW.id FROM json_each(NEW.tags);
--sqlite END;
--sqlite CREATE TRIGGER company_tags_changed AFTER UPDATE OF tags ON companies WHEN NEW.tags <> OLD.tags BEGIN
--sqlite     DELETE FROM tagged WHERE record_id = NEW.id;
--sqlite     INSERT OR IGNORE INTO tagged SELECT value, NEW.id FROM json_each(NEW.tags);
--sqlite END;
--sqlite CREATE TRIGGER company_tags_removed AFTER DELETE ON companies WHEN OLD.tags <> '[]' BEGIN
--sqlite     DELETE FROM tagged WHERE record_id = OLD.id;
--sqlite END;

-- Fields that the company defined itself. Values lie with the records, by key: a new label touches none.
CREATE TABLE fields (
    id UUID PRIMARY KEY NOT NULL,
    -- contact, company or deal.
    entity TEXT NOT NULL,
    key TEXT NOT NULL,
    -- Type, label, help, choices, group.
    definition JSON NOT NULL,
    position BIGINT NOT NULL,
    is_archived BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (entity, key)
);

-- Which roles may not see a field, or see and not change it. Built-in fields by their name, others as fields.KEY.
CREATE TABLE field_access (
    entity TEXT NOT NULL,
    field TEXT NOT NULL,
    hidden_from JSON NOT NULL,
    fixed_for JSON NOT NULL,
    PRIMARY KEY (entity, field)
);

-- Lists with their filter, order and columns under a name.
CREATE TABLE views (
    id UUID PRIMARY KEY NOT NULL,
    entity TEXT NOT NULL,
    name TEXT NOT NULL,
    owner_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    is_shared BOOLEAN NOT NULL,
    definition JSON NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX views_entity ON views (entity, is_shared, owner_id);

-- Edits of many records at once, carried out in the background a batch at a time.
CREATE TABLE bulk_edits (
    id UUID PRIMARY KEY NOT NULL,
    entity TEXT NOT NULL,
    request JSON NOT NULL,
    state TEXT NOT NULL,
    -- The last record that was looked at, in the order of ids.
    after_id UUID,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);

-- How each record stood before and after, to take the edit back.
CREATE TABLE bulk_changes (
    bulk_id UUID NOT NULL REFERENCES bulk_edits (id) ON DELETE CASCADE,
    record_id UUID NOT NULL,
    before JSON NOT NULL,
    after JSON NOT NULL,
    PRIMARY KEY (bulk_id, record_id)
);
CREATE INDEX bulk_changes_record ON bulk_changes (record_id);

CREATE INDEX audit_log_at ON audit_log (at, id);
CREATE INDEX audit_log_actor ON audit_log (actor, at);
