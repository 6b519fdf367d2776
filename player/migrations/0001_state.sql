-- Single values, each under its name, as JSON.
CREATE TABLE fact (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The as-run: lines are added and, once stored by the server and old, removed; never changed.
CREATE TABLE journal (
    line INTEGER PRIMARY KEY AUTOINCREMENT,
    journal TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    entry TEXT NOT NULL,
    -- 1 when the server has said that it stores the line.
    stored INTEGER NOT NULL DEFAULT 0,
    UNIQUE (journal, sequence)
) STRICT;

CREATE INDEX journal_unsent ON journal (stored, line);

PRAGMA user_version = 1;
