CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

CREATE TRIGGER as_run_is_not_changed BEFORE UPDATE ON as_run
BEGIN SELECT RAISE(ABORT, 'the as-run is append-only'); END;

CREATE TRIGGER as_run_is_not_removed BEFORE DELETE ON as_run
BEGIN SELECT RAISE(ABORT, 'the as-run is append-only'); END;
