-- Places, people, what they may do where, and the record of what they did.
-- One text for SQLite and PostgreSQL: see src/database.rs for the rules that make that possible.

-- Single values that the whole server shares, such as the key that signs programmes.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- What a place can be. Data, not code: levels of government come and go.
CREATE TABLE area_kinds (
    kind TEXT PRIMARY KEY,
    title_vi TEXT NOT NULL,
    title_en TEXT NOT NULL,
    -- Wider kinds stand first in lists.
    position BIGINT NOT NULL
);

INSERT INTO area_kinds (kind, title_vi, title_en, position) VALUES
    ('country', 'Quốc gia', 'Country', 10),
    ('province', 'Tỉnh / thành phố', 'Province', 20),
    ('commune', 'Xã / phường', 'Commune', 30),
    ('village', 'Thôn / bản', 'Village', 40),
    ('quarter', 'Tổ dân phố', 'Quarter', 50);

-- Languages that villages speak, by ISO 639 code.
CREATE TABLE spoken_languages (
    code TEXT PRIMARY KEY,
    title_vi TEXT NOT NULL,
    title_en TEXT NOT NULL,
    position BIGINT NOT NULL
);

INSERT INTO spoken_languages (code, title_vi, title_en, position) VALUES
    ('vi', 'Tiếng Việt', 'Vietnamese', 10),
    ('pcc', 'Tiếng Giáy', 'Giáy', 20),
    ('hmn', 'Tiếng Mông', 'Hmông', 30),
    ('ium', 'Tiếng Dao', 'Dao', 40),
    ('tyz', 'Tiếng Tày', 'Tày', 50),
    ('nut', 'Tiếng Nùng', 'Nùng', 60),
    ('blt', 'Tiếng Thái', 'Thái', 70),
    ('mtq', 'Tiếng Mường', 'Mường', 80),
    ('hni', 'Tiếng Hà Nhì', 'Hà Nhì', 90),
    ('kjg', 'Tiếng Khơ Mú', 'Khơ Mú', 100);

CREATE TABLE areas (
    id TEXT PRIMARY KEY,
    parent_id TEXT REFERENCES areas (id),
    kind TEXT NOT NULL REFERENCES area_kinds (kind),
    name TEXT NOT NULL,
    -- The next four hold what this area says of itself; NULL means: as the area above.
    -- JSON array of language codes, in the order in which they air.
    languages TEXT,
    -- JSON {"from":"21:00","until":"05:30"}.
    quiet_hours TEXT,
    -- IANA time zone.
    zone TEXT,
    -- 1 or 0.
    approver_may_be_author BIGINT,
    households BIGINT,
    created_at_ms BIGINT NOT NULL,
    -- Since when nothing new is planned for it; history keeps its name.
    closed_at_ms BIGINT
);
CREATE INDEX areas_by_parent ON areas (parent_id);

-- Every area under each area that contains it, itself included at distance 0, so that "this village or
-- anything above it" is one join on either engine.
CREATE TABLE area_lines (
    area_id TEXT NOT NULL REFERENCES areas (id),
    above_id TEXT NOT NULL REFERENCES areas (id),
    distance BIGINT NOT NULL,
    PRIMARY KEY (area_id, above_id)
);
CREATE INDEX area_lines_by_above ON area_lines (above_id, area_id);

CREATE TABLE people (
    id TEXT PRIMARY KEY,
    -- What is typed to sign in, in lower case.
    name TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    phone TEXT NOT NULL,
    -- PHC string of argon2id.
    password_hash TEXT NOT NULL,
    -- 1 while the password is one that somebody else set.
    password_is_temporary BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    closed_at_ms BIGINT
);

CREATE TABLE roles (
    person_id TEXT NOT NULL REFERENCES people (id),
    area_id TEXT NOT NULL REFERENCES areas (id),
    role TEXT NOT NULL,
    given_at_ms BIGINT NOT NULL,
    PRIMARY KEY (person_id, area_id, role)
);

-- Who is signed in. Cookies carry a secret; only its SHA-256 is kept.
CREATE TABLE sessions (
    secret_hash TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    csrf TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_id);

-- Attempts to sign in, counted before the password is read.
CREATE TABLE sign_in_attempts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX sign_in_attempts_by_name ON sign_in_attempts (name, at_ms);
CREATE INDEX sign_in_attempts_by_address ON sign_in_attempts (address, at_ms);

-- Personal tokens for scripts, which act as the person who made them.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    title TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    created_at_ms BIGINT NOT NULL,
    used_at_ms BIGINT,
    revoked_at_ms BIGINT
);
CREATE INDEX tokens_by_person ON tokens (person_id);

-- What was changed, by whom, when. Rows are added and never touched again: 0007_audit_guard sees to it.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    -- NULL when the server itself or somebody at its command line acted.
    person_id TEXT,
    -- The actor's name as it was then.
    actor TEXT NOT NULL,
    verb TEXT NOT NULL,
    -- The name of what was changed, such as are_….
    subject TEXT NOT NULL,
    -- The area that it concerns, for who may read it; NULL: everybody's and nobody's.
    area_id TEXT,
    -- JSON object.
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at_ms);
CREATE INDEX audit_by_subject ON audit (subject);
