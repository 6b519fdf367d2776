-- Where what was typed stood, so that it can be put back there: path and query of that page, empty
-- where the browser did not say.
ALTER TABLE typed_forms ADD COLUMN page TEXT NOT NULL DEFAULT '';
-- When it was sent on: from then on it is kept only to refuse it a second time.
ALTER TABLE typed_forms ADD COLUMN sent_at_ms BIGINT;
