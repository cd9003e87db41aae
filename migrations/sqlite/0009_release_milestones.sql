-- What the whole of a release is told by, without going through all that happened to it.

CREATE INDEX release_events_milestones ON release_events (release_id, epoch) WHERE serve IS NOT NULL OR signal = 'retry';
