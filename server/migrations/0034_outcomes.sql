-- How far a bulletin came is asked on each front page: by its broadcasts, what became of them lately.
CREATE INDEX as_run_by_broadcast_record ON as_run (broadcast_id, record, planned_ms);
DROP INDEX as_run_by_broadcast;
