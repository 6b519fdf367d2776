-- Bulletins, and the path from draft to approval.
-- One text for SQLite and PostgreSQL: see src/database.rs for the rules that make that possible.

-- Campaigns and kinds of notice that a bulletin can belong to. Data, not code.
CREATE TABLE topics (
    code TEXT PRIMARY KEY,
    title_vi TEXT NOT NULL,
    title_en TEXT NOT NULL,
    position BIGINT NOT NULL
);

INSERT INTO topics (code, title_vi, title_en, position) VALUES
    ('vneid', 'VNeID', 'VNeID', 10),
    ('vssid', 'VssID', 'VssID', 20),
    ('health-book', 'Sổ sức khoẻ điện tử', 'Electronic health book', 30),
    ('online-services', 'Dịch vụ công trực tuyến', 'Online public services', 40),
    ('village', 'Họp thôn, việc thôn', 'Village meeting and affairs', 50),
    ('weather', 'Thời tiết nguy hiểm', 'Dangerous weather', 60),
    ('power-water', 'Lịch cắt điện, cắt nước', 'Power and water cuts', 70),
    ('vaccination', 'Tiêm phòng, khám bệnh', 'Vaccination and health checks', 80),
    ('benefits', 'Chi trả chế độ, thu phí', 'Benefits and fees', 90),
    ('lost-found', 'Tìm người, tìm đồ', 'Lost and found', 100),
    ('notice', 'Thông báo khác', 'Other notice', 110);

CREATE TABLE bulletins (
    id TEXT PRIMARY KEY,
    area_id TEXT NOT NULL REFERENCES areas (id),
    author_id TEXT NOT NULL REFERENCES people (id),
    title TEXT NOT NULL,
    -- ordinary, priority, emergency.
    class TEXT NOT NULL,
    topic TEXT REFERENCES topics (code),
    -- What is read out, for the printed sheet and for whoever reads it in another language.
    script TEXT NOT NULL,
    -- Last local day on which it may air, as 2026-11-30; the instant is the end of that day.
    valid_until_day TEXT NOT NULL,
    valid_until_ms BIGINT NOT NULL,
    -- draft, submitted, approved, rejected, withdrawn.
    state TEXT NOT NULL,
    -- Rises with each change; who changes or approves says which version they saw.
    version BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    submitted_at_ms BIGINT,
    submitted_by TEXT REFERENCES people (id),
    -- Approved or rejected.
    decided_at_ms BIGINT,
    decided_by TEXT REFERENCES people (id),
    -- Why it was rejected; stays until it is submitted again.
    rejection_reason TEXT,
    withdrawn_at_ms BIGINT,
    withdrawn_by TEXT REFERENCES people (id),
    withdrawal_reason TEXT
);
CREATE INDEX bulletins_by_area ON bulletins (area_id, state);
CREATE INDEX bulletins_by_state ON bulletins (state, changed_at_ms);

-- Whoever created, changed or recorded a bulletin has made it, and so does not approve it.
CREATE TABLE bulletin_makers (
    bulletin_id TEXT NOT NULL REFERENCES bulletins (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    PRIMARY KEY (bulletin_id, person_id)
);

-- One recording per language.
CREATE TABLE bulletin_recordings (
    bulletin_id TEXT NOT NULL REFERENCES bulletins (id),
    language TEXT NOT NULL REFERENCES spoken_languages (code),
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    -- The content that was approved, copied at that moment: this airs, whatever becomes of the row
    -- in recordings. NULL before.
    approved_hash TEXT,
    approved_size_bytes BIGINT,
    approved_duration_ms BIGINT,
    PRIMARY KEY (bulletin_id, language)
);
CREATE INDEX bulletin_recordings_by_recording ON bulletin_recordings (recording_id);
