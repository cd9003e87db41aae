-- SDKs behind relays that reported lately, as each relay counted them last.
CREATE TABLE relayed_instances (
    environment_id BLOB NOT NULL REFERENCES environments (environment_id) ON DELETE CASCADE,
    relay BLOB NOT NULL,
    revision INTEGER NOT NULL,
    -- How many of them ran it.
    instances INTEGER NOT NULL,
    -- The relay's report that said so.
    sequence INTEGER NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (environment_id, relay, revision)
) STRICT;
CREATE INDEX relayed_instances_age ON relayed_instances (seen_at);
