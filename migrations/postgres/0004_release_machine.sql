-- When a scheduled release is to start.
ALTER TABLE releases ADD COLUMN start_at TIMESTAMPTZ NULL;
-- What a transition was decided on, as JSON; null where a person decided.
ALTER TABLE release_events ADD COLUMN evidence TEXT NULL;

-- How far a release has been judged, kept by the runner with each look at new evidence.
CREATE TABLE release_judges (
    release_id UUID NOT NULL PRIMARY KEY REFERENCES releases (release_id) ON DELETE CASCADE,
    -- The stage and its attempt that the last judgement is of.
    stage BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    -- The judge's own JSON.
    judge TEXT NOT NULL,
    -- The last judgement's JSON; null before the first.
    judgement TEXT NULL,
    -- Windows that began until then are judged.
    watermark TIMESTAMPTZ NOT NULL,
    -- When both arms were seen last in the stage.
    seen_at TIMESTAMPTZ NULL
);

-- SDKs that reported lately, and the revision that they ran then.
CREATE TABLE sdk_instances (
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    instance UUID NOT NULL,
    revision BIGINT NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (environment_id, instance)
);
CREATE INDEX sdk_instances_age ON sdk_instances (seen_at);
