-- How far the sources of a release's metrics were read: what other systems count.
CREATE TABLE release_sources (
    release_id BLOB NOT NULL REFERENCES releases (release_id) ON DELETE CASCADE,
    metric TEXT NOT NULL,
    -- 'windows' for what is compared, 'burn' for what an objective is held against.
    purpose TEXT NOT NULL,
    -- The stage and its attempt that it was read for.
    stage INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    -- Everything until then was read, by the source's clock.
    read_until TEXT NOT NULL,
    -- When the source last answered, by ours.
    answered_at TEXT NOT NULL,
    -- Since when it does not, and why; null where it does.
    failing_since TEXT NULL,
    problem TEXT NULL,
    -- What the objective was held against last, as JSON.
    burn TEXT NULL,
    PRIMARY KEY (release_id, metric, purpose)
) STRICT;
