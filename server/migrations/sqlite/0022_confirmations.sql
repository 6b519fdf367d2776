-- What people in the village say that they heard. Rows are added and never touched again.
CREATE TABLE confirmations (
    station_id TEXT NOT NULL REFERENCES stations (id),
    cue TEXT NOT NULL,
    -- Counts the words about a start, so that the last one is known.
    number BIGINT NOT NULL,
    -- When the start was planned, for reports of a span of days.
    planned_ms BIGINT NOT NULL,
    -- clear, unclear, silent.
    answer TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    -- Their full name as it was then.
    person_name TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (station_id, cue, number)
);
CREATE INDEX confirmations_by_start ON confirmations (station_id, planned_ms);

CREATE TRIGGER confirmations_are_not_changed BEFORE UPDATE ON confirmations
BEGIN SELECT RAISE(ABORT, 'confirmations are append-only'); END;

CREATE TRIGGER confirmations_are_not_removed BEFORE DELETE ON confirmations
BEGIN SELECT RAISE(ABORT, 'confirmations are append-only'); END;
