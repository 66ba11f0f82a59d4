-- The application's login reads the log and appends through functions; `migrate` names it in etappi.app_role.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC;
DO $$
DECLARE
    app_role constant text := current_setting('etappi.app_role');
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA log TO %I', app_role);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA log TO %I', app_role);
    EXECUTE format('GRANT INSERT, DELETE ON log.digest_key TO %I', app_role);
    EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA log TO %I', app_role);
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA app TO %I', app_role);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON app.subscription TO %I', app_role);
END
$$;
