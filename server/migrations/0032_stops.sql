-- Stops: what somebody silenced from the panel, each as it was signed.

CREATE TABLE stops (
    -- As-run lines speak of it by this name.
    id TEXT PRIMARY KEY,
    -- The broadcast that it names; NULL is whatever sounded or waited there.
    broadcast_id TEXT REFERENCES broadcasts (id),
    pressed_by TEXT NOT NULL REFERENCES people (id),
    issued_at_ms BIGINT NOT NULL,
    -- Stations are told of it until then.
    expires_at_ms BIGINT NOT NULL,
    -- The signed envelope, exactly as stations receive it.
    envelope TEXT NOT NULL
);
CREATE INDEX stops_by_expiry ON stops (expires_at_ms);
CREATE INDEX stops_by_issue ON stops (issued_at_ms);

-- Where: each area stands for itself and everything below it.
CREATE TABLE stop_targets (
    stop_id TEXT NOT NULL REFERENCES stops (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    PRIMARY KEY (stop_id, area_id)
);
CREATE INDEX stop_targets_by_area ON stop_targets (area_id);
