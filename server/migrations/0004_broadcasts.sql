-- Broadcasts: which bulletins air where, and when.

CREATE TABLE broadcasts (
    id TEXT PRIMARY KEY,
    -- programme::rule::Rule as JSON.
    rule TEXT NOT NULL,
    -- Starts before this instant are not planned: when the broadcast came into force.
    since_ms BIGINT NOT NULL,
    -- No start is planned from this instant on, in any zone; NULL: it goes on.
    over_at_ms BIGINT,
    repeats BIGINT NOT NULL,
    gap_ms BIGINT NOT NULL,
    -- programme::programme::MissedRule as JSON.
    missed TEXT NOT NULL,
    -- 1 or 0.
    chime BIGINT NOT NULL,
    -- Given by the form, so that sending it twice makes one broadcast.
    request_key TEXT UNIQUE,
    created_by TEXT REFERENCES people (id),
    created_at_ms BIGINT NOT NULL,
    cancelled_by TEXT REFERENCES people (id),
    cancelled_at_ms BIGINT
);
CREATE INDEX broadcasts_in_force ON broadcasts (cancelled_at_ms, over_at_ms);

-- What airs, in order.
CREATE TABLE broadcast_bulletins (
    broadcast_id TEXT NOT NULL REFERENCES broadcasts (id),
    position BIGINT NOT NULL,
    bulletin_id TEXT NOT NULL REFERENCES bulletins (id),
    PRIMARY KEY (broadcast_id, position)
);
CREATE INDEX broadcast_bulletins_by_bulletin ON broadcast_bulletins (bulletin_id);

-- Where: each area stands for itself and everything below it.
CREATE TABLE broadcast_targets (
    broadcast_id TEXT NOT NULL REFERENCES broadcasts (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    PRIMARY KEY (broadcast_id, area_id)
);
CREATE INDEX broadcast_targets_by_area ON broadcast_targets (area_id);
