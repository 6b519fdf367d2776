-- Standbys: approved bulletins that stations hold ready, for people at the PC to let them sound.

CREATE TABLE standbys (
    bulletin_id TEXT PRIMARY KEY REFERENCES bulletins (id),
    -- When it is meant to be ordered, in the words of who set it up.
    occasion TEXT NOT NULL,
    -- NULL: until it is stopped or over.
    repeats BIGINT,
    gap_ms BIGINT NOT NULL,
    -- How long after its order it is over.
    lasts_ms BIGINT NOT NULL,
    set_by TEXT NOT NULL REFERENCES people (id),
    set_at_ms BIGINT NOT NULL
);

-- Where: each area stands for itself and everything below it.
CREATE TABLE standby_targets (
    bulletin_id TEXT NOT NULL REFERENCES standbys (bulletin_id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    PRIMARY KEY (bulletin_id, area_id)
);
CREATE INDEX standby_targets_by_area ON standby_targets (area_id);

-- What was ordered at the PCs is looked for by what kind of line it is.
CREATE INDEX as_run_by_record ON as_run (record, received_at_ms);
