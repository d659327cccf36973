-- What salespeople do: notes, calls, meetings, tasks, and files beside them, on a contact, a deal or both.
CREATE TABLE activities (
    id UUID PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    -- Filled from the deal, so that all of a contact's is found by one index.
    contact_id UUID REFERENCES contacts (id) ON DELETE CASCADE,
    deal_id UUID REFERENCES deals (id) ON DELETE CASCADE,
    company_id UUID,
    -- The id of a user or key, or `system`; the user apart, for whose the activity is.
    author TEXT NOT NULL,
    author_id UUID,
    assignee_id UUID REFERENCES users (id),
    title TEXT NOT NULL,
    -- Markdown.
    body TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details JSON NOT NULL,
    -- Still to be done: a task that is not, a meeting without an outcome.
    is_open BOOLEAN NOT NULL,
    priority BIGINT NOT NULL,
    -- When a task is due, a meeting begins.
    due_at BIGINT,
    -- Its place on the timeline: when it happened.
    at BIGINT NOT NULL,
    done_at BIGINT,
    -- The call whose next step it is, the task that it repeats, the meeting that was moved to here.
    follows_id UUID,
    version BIGINT NOT NULL,
    -- Removed, and still to be brought back.
    removed_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX activities_contact ON activities (contact_id, at, id);
CREATE INDEX activities_deal ON activities (deal_id, at, id);
CREATE INDEX activities_agenda ON activities (assignee_id, is_open, due_at);
CREATE INDEX activities_author ON activities (author_id, created_at);
CREATE INDEX activities_follows ON activities (follows_id);
CREATE INDEX activities_removed ON activities (removed_at);

-- What users are told inside the program.
CREATE TABLE notifications (
    id UUID PRIMARY KEY NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    activity_id UUID REFERENCES activities (id) ON DELETE CASCADE,
    contact_id UUID REFERENCES contacts (id) ON DELETE CASCADE,
    deal_id UUID REFERENCES deals (id) ON DELETE CASCADE,
    actor TEXT NOT NULL,
    text TEXT NOT NULL,
    -- The same thing is told once.
    dedup_key TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE INDEX notifications_user ON notifications (user_id, read_at, id);

-- Scripts, objections and checklists for the stages of a funnel.
CREATE TABLE playbooks (
    id UUID PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    document JSON NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- How far a playbook has been gone through on a deal.
CREATE TABLE playbook_runs (
    deal_id UUID NOT NULL REFERENCES deals (id) ON DELETE CASCADE,
    playbook_id UUID NOT NULL REFERENCES playbooks (id) ON DELETE CASCADE,
    path JSON NOT NULL,
    checked JSON NOT NULL,
    is_finished BOOLEAN NOT NULL,
    actor TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (deal_id, playbook_id)
);
