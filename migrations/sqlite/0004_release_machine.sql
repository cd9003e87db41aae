-- When a scheduled release is to start.
ALTER TABLE releases ADD COLUMN start_at TEXT NULL;
-- What a transition was decided on, as JSON; null where a person decided.
ALTER TABLE release_events ADD COLUMN evidence TEXT NULL;

-- How far a release has been judged, kept by the runner with each look at new evidence.
CREATE TABLE release_judges (
    release_id BLOB NOT NULL PRIMARY KEY REFERENCES releases (release_id) ON DELETE CASCADE,
    -- The stage and its attempt that the last judgement is of.
    stage INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    -- The judge's own JSON.
    judge TEXT NOT NULL,
    -- The last judgement's JSON; null before the first.
    judgement TEXT NULL,
    -- Windows that began until then are judged.
    watermark TEXT NOT NULL,
    -- When both arms were seen last in the stage.
    seen_at TEXT NULL
) STRICT;

-- SDKs that reported lately, and the revision that they ran then.
CREATE TABLE sdk_instances (
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    instance BLOB NOT NULL,
    revision INTEGER NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (environment_id, instance)
) STRICT;
CREATE INDEX sdk_instances_age ON sdk_instances (seen_at);
