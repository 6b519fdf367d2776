-- People who were asked to come in and choose a password of their own.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    -- SHA-256 of the code; the code itself is kept nowhere.
    code_hash TEXT NOT NULL UNIQUE,
    -- What they will type to sign in, unless they choose another name.
    name TEXT NOT NULL,
    full_name TEXT NOT NULL,
    phone TEXT NOT NULL,
    -- What they will be, and where.
    role TEXT NOT NULL,
    area_id TEXT NOT NULL REFERENCES areas (id),
    invited_by TEXT NOT NULL REFERENCES people (id),
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    withdrawn_at_ms BIGINT,
    used_at_ms BIGINT,
    -- Who came of it.
    person_id TEXT REFERENCES people (id)
);
