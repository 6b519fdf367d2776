CREATE FUNCTION refuse_to_touch_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse_to_touch_audit();

CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_touch_audit();

CREATE FUNCTION refuse_to_touch_as_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the as-run is append-only'; END $$;

CREATE TRIGGER as_run_is_append_only BEFORE UPDATE OR DELETE ON as_run
FOR EACH ROW EXECUTE FUNCTION refuse_to_touch_as_run();

CREATE TRIGGER as_run_is_not_emptied BEFORE TRUNCATE ON as_run
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_touch_as_run();
