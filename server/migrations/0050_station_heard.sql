-- When a station last said something by itself; seen_at_ms also counts a stream that it holds.
ALTER TABLE stations ADD COLUMN heard_at_ms BIGINT;
