-- The first schema. Keys are compared by code point on both databases.

CREATE TABLE users (
    user_id BLOB NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Null where nobody may sign in by password.
    password_hash TEXT NULL,
    admin INTEGER NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
    session_id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    secret_hash BLOB NOT NULL UNIQUE,
    csrf_token TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE tokens (
    token_id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    expires_at TEXT NULL,
    last_used_at TEXT NULL
) STRICT;
CREATE INDEX tokens_user ON tokens (user_id);
CREATE INDEX tokens_prefix ON tokens (prefix);

CREATE TABLE projects (
    project_id BLOB NOT NULL PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NULL,
    version INTEGER NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE members (
    project_id BLOB NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (project_id, user_id)
) STRICT;
CREATE INDEX members_user ON members (user_id);

CREATE TABLE environments (
    environment_id BLOB NOT NULL PRIMARY KEY,
    project_id BLOB NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    production INTEGER NOT NULL,
    -- A JSON array of texts.
    allowed_origins TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    -- What evaluators have: the ruleset's revision, its fingerprint and the live
    -- releases in it (a JSON array), kept here so that a change need not read the rest.
    revision INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    releases TEXT NOT NULL,
    UNIQUE (project_id, key)
) STRICT;

CREATE TABLE keys (
    key_id BLOB NOT NULL PRIMARY KEY,
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    prefix TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NULL,
    last_used_at TEXT NULL
) STRICT;
CREATE INDEX keys_environment ON keys (environment_id);

-- Flags, segments, their configurations and release templates: JSON documents.
CREATE TABLE entities (
    entity_id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    project_id BLOB NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    -- Null for what belongs to the project.
    environment_id BLOB NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    -- The environment's revision at which evaluators last saw it change.
    changed_revision INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    updated_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX entities_of_project ON entities (project_id, kind, key) WHERE environment_id IS NULL;
CREATE UNIQUE INDEX entities_of_environment ON entities (environment_id, kind, key) WHERE environment_id IS NOT NULL;
CREATE INDEX entities_by_key ON entities (project_id, kind, key);

CREATE TABLE change_sets (
    change_set_id BLOB NOT NULL PRIMARY KEY,
    project_id BLOB NOT NULL REFERENCES projects (project_id) ON DELETE CASCADE,
    author TEXT NOT NULL,
    reason TEXT NULL,
    state TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    -- JSON, as it is shown.
    changes TEXT NOT NULL,
    revisions TEXT NOT NULL
) STRICT;
CREATE INDEX change_sets_project ON change_sets (project_id, change_set_id);

-- Which change sets touched an entity: its history.
CREATE TABLE change_set_entities (
    change_set_id BLOB NOT NULL REFERENCES change_sets (change_set_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    project_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    environment TEXT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (change_set_id, position)
) STRICT;
CREATE INDEX change_set_entities_key ON change_set_entities (project_id, kind, key, change_set_id);
CREATE INDEX change_set_entities_environment ON change_set_entities (project_id, environment, change_set_id);

CREATE TABLE revisions (
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    -- The ruleset patch that leads to it, as JSON.
    patch TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (environment_id, revision)
) STRICT;

-- The hash chain. `details` is text, since the hash is over its very characters.
CREATE TABLE audit (
    sequence INTEGER NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    project TEXT NULL,
    details TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_project ON audit (project, sequence);

-- One row: the end of the chain. Every write locks it, which orders writers over nodes.
CREATE TABLE audit_head (
    audit_head_id INTEGER NOT NULL PRIMARY KEY CHECK (audit_head_id = 1),
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (audit_head_id, sequence, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TABLE releases (
    release_id BLOB NOT NULL PRIMARY KEY,
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    flag TEXT NOT NULL,
    -- The serve that it moves, as JSON.
    site TEXT NOT NULL,
    document TEXT NOT NULL,
    -- The state's JSON, and whether it is a live one.
    state TEXT NOT NULL,
    live INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    -- What the site served before it started, as JSON.
    restore TEXT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    entered_at TEXT NOT NULL,
    -- When time last counted as baking.
    ticked_at TEXT NULL,
    -- When it is to be looked at again.
    next_at TEXT NULL
) STRICT;
CREATE UNIQUE INDEX releases_live_site ON releases (environment_id, flag, site) WHERE live;
CREATE INDEX releases_flag ON releases (environment_id, flag);
CREATE INDEX releases_due ON releases (next_at);

CREATE TABLE release_events (
    release_id BLOB NOT NULL REFERENCES releases (release_id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    signal TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NULL,
    serve TEXT NULL,
    PRIMARY KEY (release_id, epoch)
) STRICT;

-- An hour's evaluations of one variation; the empty key is an error or the caller's default.
CREATE TABLE evaluation_counts (
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    flag TEXT NOT NULL,
    variation TEXT NOT NULL,
    hour TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (environment_id, flag, variation, hour)
) STRICT;
CREATE INDEX evaluation_counts_hour ON evaluation_counts (hour);

CREATE TABLE flag_usage (
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    flag TEXT NOT NULL,
    last_evaluated_at TEXT NOT NULL,
    PRIMARY KEY (environment_id, flag)
) STRICT;

-- Telemetry that is counted already.
CREATE TABLE telemetry_batches (
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    instance BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    PRIMARY KEY (environment_id, instance, sequence)
) STRICT;
CREATE INDEX telemetry_batches_age ON telemetry_batches (received_at);

-- Work that one node does at a time.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

-- Answers to requests that came with an Idempotency-Key.
CREATE TABLE idempotency_keys (
    user_id BLOB NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    answer TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
