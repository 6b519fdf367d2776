-- Stations: village PCs, the codes by which they come in, what they are to air, how they are.

CREATE TABLE stations (
    id TEXT PRIMARY KEY,
    area_id TEXT NOT NULL REFERENCES areas (id),
    name TEXT NOT NULL,
    -- Relative to the recordings' own level.
    volume_db DOUBLE PRECISION NOT NULL,
    created_at_ms BIGINT NOT NULL,
    closed_at_ms BIGINT,
    -- SHA-256 of the token of the PC that is the station; a new PC's token takes its place.
    token_hash TEXT UNIQUE,
    -- The Ed25519 key of that PC, 64 hexadecimal digits: it signs the journals that it starts.
    key TEXT,
    enrolled_at_ms BIGINT,
    -- When the PC last said anything at all.
    seen_at_ms BIGINT,
    -- The highest generation that the station ever said it holds, so that a server restored from a
    -- backup goes on above it.
    reported_generation BIGINT NOT NULL,
    -- programme::wire::Health as JSON.
    health TEXT,
    health_at_ms BIGINT
);
CREATE INDEX stations_by_area ON stations (area_id);

-- Loudspeaker clusters that a station feeds, listed by hand.
CREATE TABLE clusters (
    station_id TEXT NOT NULL REFERENCES stations (id),
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (station_id, position)
);

CREATE TABLE enrolment_codes (
    secret_hash TEXT PRIMARY KEY,
    station_id TEXT NOT NULL REFERENCES stations (id),
    -- The whole code, so that it can be read again until it is used. Whoever reads this table
    -- reads the signing key too, so that hiding it would guard nothing.
    code TEXT,
    issued_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    -- A newer code took its place.
    replaced_at_ms BIGINT,
    used_at_ms BIGINT,
    -- The journal of the PC that used it, so that a lost answer can be asked for again.
    used_by_journal TEXT
);
CREATE INDEX enrolment_codes_by_station ON enrolment_codes (station_id);

-- Attempts to enrol, counted before the code is read.
CREATE TABLE enrolment_attempts (
    id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX enrolment_attempts_by_address ON enrolment_attempts (address, at_ms);

-- What was published to each station. The newest generation is the one in force.
CREATE TABLE programmes (
    station_id TEXT NOT NULL REFERENCES stations (id),
    generation BIGINT NOT NULL,
    -- SHA-256 of the content without generation and time: another content is another generation.
    digest TEXT NOT NULL,
    -- The signed envelope, exactly as stations receive it.
    envelope TEXT NOT NULL,
    etag TEXT NOT NULL,
    issued_at_ms BIGINT NOT NULL,
    PRIMARY KEY (station_id, generation)
);
