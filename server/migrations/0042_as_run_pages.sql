-- What became of a broadcast is read page by page and counted, at the stations that the reader may
-- see: by its broadcasts, the newest start first.
CREATE INDEX as_run_by_broadcast_planned ON as_run (broadcast_id, record, planned_ms, station_id);
DROP INDEX as_run_by_broadcast_record;

-- Orders given at PCs alone are looked for by what kind of line they are. An index of all kinds was
-- taken for questions about outcomes too, and each of those then read every outcome that there is.
CREATE INDEX as_run_orders_at_pcs ON as_run (received_at_ms) WHERE record = 'emergency_ordered';
DROP INDEX as_run_by_record;
