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
