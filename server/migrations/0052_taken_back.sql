-- Who took a submitted bulletin back before anybody decided, and when; until it is submitted again.
ALTER TABLE bulletins ADD COLUMN retracted_at_ms BIGINT;
ALTER TABLE bulletins ADD COLUMN retracted_by TEXT REFERENCES people (id);
