-- How many releases may live at once; as many as like where null.
ALTER TABLE environments ADD COLUMN release_limit INTEGER NULL;
-- The release in another environment whose completion led to this one.
ALTER TABLE releases ADD COLUMN follows BLOB NULL;
CREATE INDEX releases_follows ON releases (follows);
