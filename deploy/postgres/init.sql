-- Run once, as superuser, in the new database: makes the two logins, the owner, who migrates, and the application.
-- Their passwords are read from the mounted secrets. Two logins, since SET ROLE can be undone by whoever did it.
DO $$
DECLARE
    folder constant text := coalesce(nullif(current_setting('etappi.secrets', true), ''), '/run/secrets');
    login text;
    password text;
BEGIN
    -- A password in a statement that is slow or fails would be logged.
    SET LOCAL log_statement = 'none';
    SET LOCAL log_min_error_statement = 'panic';
    SET LOCAL log_min_duration_statement = -1;
    FOREACH login IN ARRAY ARRAY['etappi_owner', 'etappi_app'] LOOP
        password := btrim(pg_read_file(format('%s/%s_password', folder, login)), E' \r\n');
        IF password = '' THEN
            RAISE 'the password of % is empty', login;
        END IF;
        EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L', login, password);
    END LOOP;
    EXECUTE format('ALTER DATABASE %I OWNER TO etappi_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO etappi_app', current_database());
END
$$;
