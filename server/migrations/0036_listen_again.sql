-- The public pages on which people hear again what aired in a village.
CREATE TABLE listen_pages (
    area_id TEXT PRIMARY KEY REFERENCES areas (id),
    -- What stands in its address. It is given once and stays, for it hangs printed on walls.
    slug TEXT NOT NULL UNIQUE,
    -- 1 while the page can be read.
    open BIGINT NOT NULL
);
