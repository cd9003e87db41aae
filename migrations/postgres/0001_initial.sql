-- The first schema. Keys are compared by code point on both databases (COLLATE "C" here).

CREATE TABLE users (
    user_id UUID NOT NULL PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Null where nobody may sign in by password.
    password_hash TEXT NULL,
    admin BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE sessions (
    session_id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    secret_hash BYTEA NOT NULL UNIQUE,
    csrf_token TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE tokens (
    token_id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT COLLATE "C" NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NULL,
    last_used_at TIMESTAMPTZ NULL
);
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_prefix ON tokens (prefix);

CREATE TABLE projects (
    project_id UUID NOT NULL PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NULL,
    version BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE members (
    project_id UUID NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (project_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE environments (
    environment_id UUID NOT NULL PRIMARY KEY,
    project_id UUID NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    production BOOLEAN NOT NULL,
    -- A JSON array of texts.
    allowed_origins TEXT NOT NULL,
    version BIGINT NOT NULL,
    position BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    -- What evaluators have: the ruleset's revision, its fingerprint and the live
    -- releases in it (a JSON array), kept here so that a change need not read the rest.
    revision BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    releases TEXT NOT NULL,
    UNIQUE (project_id, key)
);

CREATE TABLE keys (
    key_id UUID NOT NULL PRIMARY KEY,
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    prefix TEXT COLLATE "C" NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    created_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NULL,
    last_used_at TIMESTAMPTZ NULL
);
CREATE INDEX keys_environment ON keys (environment_id);

-- Flags, segments, their configurations and release templates: JSON documents.
CREATE TABLE entities (
    entity_id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    -- Null for what belongs to the project.
    environment_id UUID NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    document JSONB NOT NULL,
    -- The environment's revision at which evaluators last saw it change.
    changed_revision BIGINT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by TEXT NOT NULL
);
CREATE UNIQUE INDEX entities_of_project ON entities (project_id, kind, key) WHERE environment_id IS NULL;
CREATE UNIQUE INDEX entities_of_environment ON entities (environment_id, kind, key) WHERE environment_id IS NOT NULL;
CREATE INDEX entities_by_key ON entities (project_id, kind, key);

CREATE TABLE change_sets (
    change_set_id UUID NOT NULL PRIMARY KEY,
    project_id UUID NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    reason TEXT NULL,
    state TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL,
    -- JSON, as it is shown.
    changes TEXT NOT NULL,
    revisions TEXT NOT NULL
);
CREATE INDEX change_sets_project ON change_sets (project_id, change_set_id);

-- Which change sets touched an entity: its history.
CREATE TABLE change_set_entities (
    change_set_id UUID NOT NULL REFERENCES change_sets (change_set_id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    project_id UUID NOT NULL,
    kind TEXT NOT NULL,
    environment TEXT COLLATE "C" NULL,
    key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (change_set_id, position)
);
CREATE INDEX change_set_entities_key ON change_set_entities (project_id, kind, key, change_set_id);
CREATE INDEX change_set_entities_environment ON change_set_entities (project_id, environment, change_set_id);

CREATE TABLE revisions (
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    -- The ruleset patch that leads to it, as JSON.
    patch TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (environment_id, revision)
);

-- The hash chain. `details` is text, since the hash is over its very characters.
CREATE TABLE audit (
    sequence BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    project TEXT COLLATE "C" NULL,
    details TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_project ON audit (project, sequence);

-- One row: the end of the chain. Every write locks it, which orders writers over nodes.
CREATE TABLE audit_head (
    audit_head_id BIGINT NOT NULL PRIMARY KEY CHECK (audit_head_id = 1),
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (audit_head_id, sequence, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TABLE releases (
    release_id UUID NOT NULL PRIMARY KEY,
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    flag TEXT COLLATE "C" NOT NULL,
    -- The serve that it moves, as JSON.
    site TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    -- The state's JSON, and whether it is a live one.
    state TEXT NOT NULL,
    live BOOLEAN NOT NULL,
    epoch BIGINT NOT NULL,
    -- What the site served before it started, as JSON.
    restore TEXT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT NOT NULL,
    entered_at TIMESTAMPTZ NOT NULL,
    -- When time last counted as baking.
    ticked_at TIMESTAMPTZ NULL,
    -- When it is to be looked at again.
    next_at TIMESTAMPTZ NULL
);
CREATE UNIQUE INDEX releases_live_site ON releases (environment_id, flag, site) WHERE live;
CREATE INDEX releases_flag ON releases (environment_id, flag);
CREATE INDEX releases_due ON releases (next_at);

CREATE TABLE release_events (
    release_id UUID NOT NULL REFERENCES releases (release_id) ON DELETE CASCADE,
    epoch BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    signal TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NULL,
    serve TEXT NULL,
    PRIMARY KEY (release_id, epoch)
);

-- An hour's evaluations of one variation; the empty key is an error or the caller's default.
CREATE TABLE evaluation_counts (
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    flag TEXT COLLATE "C" NOT NULL,
    variation TEXT COLLATE "C" NOT NULL,
    hour TIMESTAMPTZ NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (environment_id, flag, variation, hour)
);
CREATE INDEX evaluation_counts_hour ON evaluation_counts (hour);

CREATE TABLE flag_usage (
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    flag TEXT COLLATE "C" NOT NULL,
    last_evaluated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (environment_id, flag)
);

-- Telemetry that is counted already.
CREATE TABLE telemetry_batches (
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    instance UUID NOT NULL,
    sequence BIGINT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (environment_id, instance, sequence)
);
CREATE INDEX telemetry_batches_age ON telemetry_batches (received_at);

-- Work that one node does at a time.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder UUID NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

-- Answers to requests that came with an Idempotency-Key.
CREATE TABLE idempotency_keys (
    user_id UUID NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request_hash BYTEA NOT NULL,
    answer TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
