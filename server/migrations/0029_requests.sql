-- Requests for a recording: a text or a document, for villages, due by a day.

CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    asker_id TEXT NOT NULL REFERENCES people (id),
    title TEXT NOT NULL,
    -- What is to be read out; empty where a document says it.
    script TEXT NOT NULL,
    on_behalf_of TEXT NOT NULL,
    topic TEXT REFERENCES topics (code),
    -- The last local day on which it helps, as 2026-11-30.
    due_day TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    cancelled_at_ms BIGINT,
    -- An attached document, known by its content; NULL without one.
    document_hash TEXT,
    -- pdf, docx, png, jpeg, webp.
    document_kind TEXT,
    document_size_bytes BIGINT,
    -- What its sender called the file; only shown, never a path.
    document_name TEXT
);
CREATE INDEX requests_by_asker ON requests (asker_id, created_at_ms);

-- Each village answers for itself.
CREATE TABLE request_targets (
    request_id TEXT NOT NULL REFERENCES requests (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    -- waiting, taken, declined.
    state TEXT NOT NULL,
    -- Who took or declined it, and when.
    by_id TEXT REFERENCES people (id),
    at_ms BIGINT,
    -- What was made of it, once it is taken.
    bulletin_id TEXT REFERENCES bulletins (id),
    -- Why it was declined.
    reason TEXT,
    PRIMARY KEY (request_id, area_id)
);
CREATE INDEX request_targets_by_area ON request_targets (area_id, state);
CREATE INDEX request_targets_by_bulletin ON request_targets (bulletin_id);
