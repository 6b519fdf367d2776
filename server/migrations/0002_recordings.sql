-- Recordings, and the uploads by which they come in.
-- One text for SQLite and PostgreSQL: see src/database.rs for the rules that make that possible.

CREATE TABLE recordings (
    id TEXT PRIMARY KEY,
    -- Whose it is: rights hang on the area.
    area_id TEXT NOT NULL REFERENCES areas (id),
    author_id TEXT NOT NULL REFERENCES people (id),
    -- What is spoken in it.
    language TEXT NOT NULL REFERENCES spoken_languages (code),
    -- What its author's phone called the file; only shown, never a path.
    file_name TEXT NOT NULL,
    -- The bulletin that it was made for, which it joins by itself once it is ready.
    for_bulletin_id TEXT,
    -- uploading, processing, ready, refused.
    state TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    -- When it became ready or was refused.
    ended_at_ms BIGINT,
    -- What the phone sent, untouched.
    original_hash TEXT,
    original_size_bytes BIGINT,
    -- As it airs: Ogg Opus, cleaned and levelled.
    hash TEXT,
    size_bytes BIGINT,
    duration_ms BIGINT,
    -- JSON of recordings::ingest::Ingested: loudness before and after, its shape, and what the author
    -- should know.
    report TEXT,
    -- JSON: kind (unreadable, unsupported, over_limit, storage) and detail.
    refusal TEXT,
    -- Which replica is at work on it, and until when nobody else takes it.
    lease_holder TEXT,
    lease_until_ms BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX recordings_by_area ON recordings (area_id, created_at_ms);
CREATE INDEX recordings_by_state ON recordings (state, created_at_ms);
CREATE INDEX recordings_by_hash ON recordings (hash);
CREATE INDEX recordings_by_original_hash ON recordings (original_hash);
CREATE INDEX recordings_by_bulletin ON recordings (for_bulletin_id);

CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    -- NULL while the sender has not said.
    length_bytes BIGINT,
    offset_bytes BIGINT NOT NULL,
    -- The header Upload-Metadata as it came.
    metadata TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX uploads_by_recording ON uploads (recording_id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at_ms);

-- The bytes of an upload, each piece an object of its own.
CREATE TABLE upload_pieces (
    upload_id TEXT NOT NULL REFERENCES uploads (id),
    offset_bytes BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    -- Two senders may race for one offset: each writes an object of its own, and one of them counts.
    attempt TEXT NOT NULL,
    PRIMARY KEY (upload_id, offset_bytes)
);
