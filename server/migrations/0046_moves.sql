-- What a broadcast goes on as, once somebody gave it another time.

ALTER TABLE broadcasts ADD COLUMN moved_to TEXT REFERENCES broadcasts (id);
CREATE INDEX broadcasts_by_move ON broadcasts (moved_to);
