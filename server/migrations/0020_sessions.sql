-- When villages listen, and for how long at most: areas::sessions::Sessions as JSON; NULL: as the
-- area above.
ALTER TABLE areas ADD COLUMN sessions TEXT;
