-- What is asked again and again is found without going through what is old.

-- What waits for a webhook, in order; of a subject what comes first; and when something is due.
CREATE INDEX webhook_deliveries_line ON webhook_deliveries (webhook_id, sequence) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_subject ON webhook_deliveries (webhook_id, subject, sequence) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_turn ON webhook_deliveries (webhook_id, due_at) WHERE due_at IS NOT NULL;
-- How many wait and are dead.
CREATE INDEX webhook_deliveries_open ON webhook_deliveries (webhook_id, state) WHERE state <> 'delivered';
-- A release's windows of all lengths, in order of time.
CREATE INDEX release_windows_time ON release_windows (release_id, at, stage);
