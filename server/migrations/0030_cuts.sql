-- A recording that is a part of another: made anew out of the same original, which stays as it is.
-- The part is counted from where the sound of the whole begins.
ALTER TABLE recordings ADD COLUMN cut_of TEXT;
ALTER TABLE recordings ADD COLUMN cut_from_ms BIGINT;
ALTER TABLE recordings ADD COLUMN cut_until_ms BIGINT;
CREATE INDEX recordings_by_cut ON recordings (cut_of);
