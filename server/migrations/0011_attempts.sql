-- Attempts at what is throttled, counted before a secret is read: one table for all of them.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    -- What was attempted: `sign_in` or `enrol`.
    kind TEXT NOT NULL,
    -- The name that was typed; empty where there is none.
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX attempts_by_name ON attempts (kind, name, at_ms);
CREATE INDEX attempts_by_address ON attempts (kind, address, at_ms);

-- They counted a quarter of an hour each.
DROP TABLE sign_in_attempts;
DROP TABLE enrolment_attempts;
