-- Which start of which broadcast made room for which other: it comes back when that is cancelled.

CREATE TABLE rooms (
    -- For which it made room.
    broadcast_id TEXT NOT NULL REFERENCES broadcasts (id),
    made_by_id TEXT NOT NULL REFERENCES broadcasts (id),
    -- When it was planned, by the villages' own clocks: '2026-11-23T17:00:00'.
    start TEXT NOT NULL,
    -- 1 where nothing was left of what made room, so that it was cancelled with it.
    ended BIGINT NOT NULL,
    -- What the start came back as.
    back_id TEXT REFERENCES broadcasts (id),
    PRIMARY KEY (broadcast_id, made_by_id, start)
);
CREATE INDEX rooms_by_return ON rooms (back_id);
CREATE INDEX rooms_by_made ON rooms (made_by_id);

-- What is left of a broadcast that made room goes on under further names. Here stands the first one,
-- so that who cancels or moves any of them is known to have given up what made room.
ALTER TABLE broadcasts ADD COLUMN cut_from TEXT REFERENCES broadcasts (id);
CREATE INDEX broadcasts_by_cut ON broadcasts (cut_from);
