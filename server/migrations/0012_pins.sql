-- PINs, by which officers confirm an emergency.

-- PHC string of argon2id; NULL while no PIN is set.
ALTER TABLE people ADD COLUMN pin_hash TEXT;

-- Tries of a PIN, counted before it is read.
CREATE TABLE pin_attempts (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    at_ms BIGINT NOT NULL
);
CREATE INDEX pin_attempts_by_person ON pin_attempts (person_id, at_ms);
