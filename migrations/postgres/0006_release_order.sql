-- How many releases may live at once; as many as like where null.
ALTER TABLE environments ADD COLUMN release_limit BIGINT NULL;
-- The release in another environment whose completion led to this one.
ALTER TABLE releases ADD COLUMN follows UUID NULL;
CREATE INDEX releases_follows ON releases (follows);
