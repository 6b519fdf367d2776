-- As-run: what stations report, line by line, kept as it came.

-- One journal per enrolled PC, and another one after each break.
CREATE TABLE journals (
    id TEXT PRIMARY KEY,
    station_id TEXT NOT NULL REFERENCES stations (id),
    -- The key of the PC that writes it.
    key TEXT NOT NULL,
    -- All lines up to this sequence are stored.
    stored_through BIGINT NOT NULL,
    -- The hash that the next line must carry.
    tip TEXT NOT NULL,
    -- The last line as the station signed it: programme::signed::Envelope as JSON.
    head TEXT,
    -- When and why lines came last that did not fit (Break), and behind or at which line.
    broken_at_ms BIGINT,
    broken_by TEXT,
    broken_line BIGINT
);
CREATE INDEX journals_by_station ON journals (station_id);

CREATE TABLE as_run (
    journal_id TEXT NOT NULL REFERENCES journals (id),
    sequence BIGINT NOT NULL,
    station_id TEXT NOT NULL REFERENCES stations (id),
    received_at_ms BIGINT NOT NULL,
    -- What the line is: started, ended, outcome, not_understood.
    record TEXT NOT NULL,
    cue TEXT,
    broadcast_id TEXT,
    planned_ms BIGINT,
    -- The exact bytes that the station wrote: programme::as_run::Entry as JSON.
    entry TEXT NOT NULL,
    PRIMARY KEY (journal_id, sequence)
);
CREATE INDEX as_run_by_planned ON as_run (station_id, planned_ms);
CREATE INDEX as_run_by_cue ON as_run (station_id, cue);
CREATE INDEX as_run_by_broadcast ON as_run (broadcast_id);
