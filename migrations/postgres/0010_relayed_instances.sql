-- SDKs behind relays that reported lately, as each relay counted them last.
CREATE TABLE relayed_instances (
    environment_id UUID NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    relay UUID NOT NULL,
    revision BIGINT NOT NULL,
    -- How many of them ran it.
    instances BIGINT NOT NULL,
    -- The relay's report that said so.
    sequence BIGINT NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (environment_id, relay, revision)
);
CREATE INDEX relayed_instances_age ON relayed_instances (seen_at);
