-- The as-run is only as good as the journals' keys: whose a journal is stays as it began.

-- Stations whose stored log is not what they wrote, as the last look at everything found it.
CREATE TABLE altered_logs (
    station_id TEXT PRIMARY KEY REFERENCES stations (id),
    -- Since when it is found.
    found_at_ms BIGINT NOT NULL,
    -- What the sentence as-run-break calls it, and the line that it speaks of.
    why TEXT NOT NULL,
    line BIGINT NOT NULL
);

CREATE TRIGGER journals_stay_with_their_pc BEFORE UPDATE OF id, station_id, key ON journals
BEGIN SELECT RAISE(ABORT, 'a journal stays that of its PC'); END;

CREATE TRIGGER journals_are_not_removed BEFORE DELETE ON journals
BEGIN SELECT RAISE(ABORT, 'a journal stays that of its PC'); END;
