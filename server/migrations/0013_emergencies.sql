-- Emergencies: orders to sound at once, each by the last word about it, as it was signed.

CREATE TABLE emergencies (
    -- Its name, that of a broadcast: as-run lines speak of it by this name.
    id TEXT PRIMARY KEY,
    bulletin_id TEXT NOT NULL REFERENCES bulletins (id),
    -- The bulletin's title as it was approved.
    title TEXT NOT NULL,
    ordered_by TEXT NOT NULL REFERENCES people (id),
    issued_at_ms BIGINT NOT NULL,
    -- Stations are told of it until then, also when it was cancelled.
    expires_at_ms BIGINT NOT NULL,
    -- Rises with each word.
    revision BIGINT NOT NULL,
    -- The last word: the signed envelope, exactly as stations receive it.
    envelope TEXT NOT NULL,
    -- Given by the form, so that sending it twice orders one emergency.
    request_key TEXT UNIQUE,
    cancelled_by TEXT REFERENCES people (id),
    cancelled_at_ms BIGINT
);
CREATE INDEX emergencies_by_expiry ON emergencies (expires_at_ms);
CREATE INDEX emergencies_by_bulletin ON emergencies (bulletin_id);

-- Where: each area stands for itself and everything below it.
CREATE TABLE emergency_targets (
    emergency_id TEXT NOT NULL REFERENCES emergencies (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    PRIMARY KEY (emergency_id, area_id)
);
CREATE INDEX emergency_targets_by_area ON emergency_targets (area_id);
