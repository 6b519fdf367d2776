-- Single values, each under its name, as JSON.
CREATE TABLE fact (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The as-run: lines are added and, once stored by the server and old, removed; never changed.
-- Each carries the hash of the line before it (programme::as_run::chain).
CREATE TABLE journal (
    line INTEGER PRIMARY KEY AUTOINCREMENT,
    journal TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    entry TEXT NOT NULL,
    -- Station time of the line when it was known, beside the text, which a disk may make unreadable.
    wall_ms INTEGER,
    -- 1 when the server has said that it stores the line.
    stored INTEGER NOT NULL DEFAULT 0,
    UNIQUE (journal, sequence)
) STRICT;

-- Lines that the server refused, as they were, for whoever asks why. What they say goes on in
-- another journal.
CREATE TABLE refused (
    journal TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    entry TEXT NOT NULL
) STRICT;

CREATE INDEX journal_unsent ON journal (stored, line);

PRAGMA user_version = 1;
