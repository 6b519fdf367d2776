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

CREATE FUNCTION refuse_to_touch_confirmations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'confirmations are append-only'; END $$;

CREATE TRIGGER confirmations_are_append_only BEFORE UPDATE OR DELETE ON confirmations
FOR EACH ROW EXECUTE FUNCTION refuse_to_touch_confirmations();

CREATE TRIGGER confirmations_are_not_emptied BEFORE TRUNCATE ON confirmations
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_touch_confirmations();
