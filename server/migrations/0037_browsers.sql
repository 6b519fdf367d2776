-- In what a session goes on, in plain words such as `Chrome · Android`, so that a person knows their own
-- again; empty where the browser does not say, and for sessions that are older than this column.
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
