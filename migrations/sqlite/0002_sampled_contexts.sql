-- Contexts that SDKs were told to sample: what the impact of an edit is tried on.
CREATE TABLE sampled_contexts (
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    -- SHA-256 of the context, so that each is kept once.
    digest BLOB NOT NULL,
    context TEXT NOT NULL,
    received_at TEXT NOT NULL,
    PRIMARY KEY (environment_id, digest)
) STRICT;

CREATE INDEX sampled_contexts_newest ON sampled_contexts (environment_id, received_at);
