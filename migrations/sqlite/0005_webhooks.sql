-- Whom to tell of what happens in a project.
CREATE TABLE webhooks (
    webhook_id BLOB NOT NULL PRIMARY KEY,
    project_id BLOB NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    description TEXT NULL,
    -- As it is, since signing takes the secret itself.
    secret TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    -- JSON arrays of texts; no environment is all of them.
    events TEXT NOT NULL,
    environments TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX webhooks_project ON webhooks (project_id);

-- The outbox, and what became of what was in it: a row for each event and each webhook that wants it.
CREATE TABLE webhook_deliveries (
    delivery_id BLOB NOT NULL PRIMARY KEY,
    webhook_id BLOB NOT NULL REFERENCES webhooks (webhook_id) ON DELETE CASCADE,
    -- The number of the event's audit entry: the order of events.
    sequence INTEGER NOT NULL,
    event TEXT NOT NULL,
    -- What the event is about. Of one subject a webhook hears in order.
    subject TEXT NOT NULL,
    -- What is sent, to the letter.
    body TEXT NOT NULL,
    -- waiting, delivered or dead.
    state TEXT NOT NULL,
    -- How often it was sent, and how often in vain since it was last put into the outbox.
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    -- When it is to be sent; null where it does not wait.
    due_at TEXT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at);
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (webhook_id, sequence);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    delivery_id BLOB NOT NULL REFERENCES webhook_deliveries (delivery_id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    -- The status of the answer; null where none came.
    status INTEGER NULL,
    error TEXT NULL,
    PRIMARY KEY (delivery_id, attempt)
) STRICT;
