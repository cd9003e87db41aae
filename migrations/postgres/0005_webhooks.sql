-- Whom to tell of what happens in a project.
CREATE TABLE webhooks (
    webhook_id UUID NOT NULL PRIMARY KEY,
    project_id UUID NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    description TEXT NULL,
    -- As it is, since signing takes the secret itself.
    secret TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    -- JSON arrays of texts; no environment is all of them.
    events TEXT NOT NULL,
    environments TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX webhooks_project ON webhooks (project_id);

-- The outbox, and what became of what was in it: a row for each event and each webhook that wants it.
CREATE TABLE webhook_deliveries (
    delivery_id UUID NOT NULL PRIMARY KEY,
    webhook_id UUID NOT NULL REFERENCES webhooks (webhook_id) ON DELETE CASCADE,
    -- The number of the event's audit entry: the order of events.
    sequence BIGINT NOT NULL,
    event TEXT NOT NULL,
    -- What the event is about. Of one subject a webhook hears in order.
    subject TEXT NOT NULL,
    -- What is sent, to the letter.
    body TEXT NOT NULL,
    -- waiting, delivered or dead.
    state TEXT NOT NULL,
    -- How often it was sent, and how often in vain since it was last put into the outbox.
    attempts BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    -- When it is to be sent; null where it does not wait.
    due_at TIMESTAMPTZ NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at);
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (webhook_id, sequence);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    delivery_id UUID NOT NULL REFERENCES webhook_deliveries (delivery_id) ON DELETE CASCADE,
    attempt BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    duration_ms BIGINT NOT NULL,
    -- The status of the answer; null where none came.
    status BIGINT NULL,
    error TEXT NULL,
    PRIMARY KEY (delivery_id, attempt)
);
