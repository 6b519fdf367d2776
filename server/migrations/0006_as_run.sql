-- As-run: what stations report, line by line, kept as it came.

-- One journal per enrolled PC.
CREATE TABLE journals (
    id TEXT PRIMARY KEY,
    station_id TEXT NOT NULL REFERENCES stations (id),
    -- All lines up to this sequence are stored.
    stored_through BIGINT NOT NULL
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
    -- programme::as_run::Entry as JSON.
    entry TEXT NOT NULL,
    PRIMARY KEY (journal_id, sequence)
);
CREATE INDEX as_run_by_planned ON as_run (station_id, planned_ms);
CREATE INDEX as_run_by_cue ON as_run (station_id, cue);
CREATE INDEX as_run_by_broadcast ON as_run (broadcast_id);
