-- A start that made room does not come back by itself any more: what is kept is where it was left
-- out, so that people can order it again.
DROP TABLE rooms;
DROP INDEX broadcasts_by_cut;
ALTER TABLE broadcasts DROP COLUMN cut_from;

CREATE TABLE replaced_starts (
    -- For which it made room.
    broadcast_id TEXT NOT NULL REFERENCES broadcasts (id),
    made_by_id TEXT NOT NULL REFERENCES broadcasts (id),
    -- When it was planned, by the villages' own clocks: '2026-11-23T17:00:00'.
    start TEXT NOT NULL,
    -- JSON: the ids of the areas in which it was left out.
    areas TEXT NOT NULL,
    PRIMARY KEY (broadcast_id, made_by_id, start)
);
