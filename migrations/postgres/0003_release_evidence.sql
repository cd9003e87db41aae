-- What was counted for releases: each row sums what all instances saw of one stage in a
-- stretch of time.
CREATE TABLE release_windows (
    release_id UUID NOT NULL REFERENCES releases (release_id) ON DELETE CASCADE,
    -- How long the stretch is: 10 as it was measured, 3600 and 86400 once it is older.
    seconds BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    stage BIGINT NOT NULL,
    -- The arms' JSON.
    baseline TEXT NOT NULL,
    candidate TEXT NOT NULL,
    -- How many reports came after it was judged; they are in neither arm.
    late BIGINT NOT NULL,
    PRIMARY KEY (release_id, seconds, at, stage)
);
CREATE INDEX release_windows_age ON release_windows (seconds, at);

-- Up to which windows a release was judged: what comes for them later is late.
CREATE TABLE release_evidence (
    release_id UUID NOT NULL PRIMARY KEY REFERENCES releases (release_id) ON DELETE CASCADE,
    closed_at TIMESTAMPTZ NOT NULL
);

-- The last report of each instance that was counted.
CREATE TABLE evidence_sources (
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    instance UUID NOT NULL,
    sequence BIGINT NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (environment_id, instance)
);
CREATE INDEX evidence_sources_age ON evidence_sources (seen_at);
