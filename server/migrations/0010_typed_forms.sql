-- What was typed into forms that came when their session had ended: kept until their author has signed
-- in again, and a day at most.
CREATE TABLE typed_forms (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    -- Path and query to which the form was sent.
    address TEXT NOT NULL,
    -- JSON array of [name, value], without the session's secret; never a form with a password in it.
    fields TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL
);
CREATE INDEX typed_forms_by_person ON typed_forms (person_id, created_at_ms);
