-- Run once, as superuser, in Temporal's Postgres: its login and its two databases. Their tables are made by schema.sh.
DO $$
DECLARE
    folder constant text := coalesce(nullif(current_setting('etappi.secrets', true), ''), '/run/secrets');
    password constant text := btrim(pg_read_file(folder || '/temporal_password'), E' \r\n');
BEGIN
    -- A password in a statement that is slow or fails would be logged.
    SET LOCAL log_statement = 'none';
    SET LOCAL log_min_error_statement = 'panic';
    SET LOCAL log_min_duration_statement = -1;
    IF password = '' THEN
        RAISE 'the password of temporal is empty';
    END IF;
    EXECUTE format('CREATE ROLE temporal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L', password);
END
$$;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
