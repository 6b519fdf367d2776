-- What went to each station by hand and what came back, the last time. The log itself is in as_run.

CREATE TABLE bundles (
    station_id TEXT PRIMARY KEY REFERENCES stations (id),
    -- When a bundle was last made for it, and with which generation.
    made_at_ms BIGINT,
    made_generation BIGINT,
    -- When its as-run last came back, and how many lines were new.
    returned_at_ms BIGINT,
    returned_lines BIGINT,
    -- What the station said then that it holds, signed with its own key.
    taken_generation BIGINT,
    taken_bundle_ms BIGINT
);
