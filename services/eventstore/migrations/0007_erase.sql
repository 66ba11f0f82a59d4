-- Erasure: what may be deleted from the table of disclosures, and how. Everything else stays as the first migration has it.

-- The few events that allow it are found without a scan of the ledger.
CREATE INDEX event_erasure ON log.event (ledger, position) WHERE type = 'erasure-confirmed';

CREATE TABLE log.erased_again (
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
    erasure text COLLATE "C" NOT NULL,
    lost_position bigint NOT NULL CHECK (lost_position > 0),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (ledger, commitment)
);
COMMENT ON TABLE log.erased_again IS
    'After a restore: what was erased by an event that is lost, by its record outside the database (case 20, C18).';
CREATE TRIGGER erased_again_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON log.erased_again
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
ALTER TABLE log.erased_again ENABLE ALWAYS TRIGGER erased_again_is_never_changed;

-- Postgres reads no canonical JSON; that the commitment's digits stand in the body as a string is enough.
CREATE FUNCTION log.says(body bytea, commitment bytea) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT position(convert_to('"' || encode(commitment, 'hex') || '"', 'UTF8') IN body) > 0
$$;

CREATE FUNCTION log.refuse_deletion() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, log, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM event e
        WHERE e.ledger = OLD.ledger AND e.type = 'erasure-confirmed' AND log.says(e.body, OLD.commitment)
    ) OR EXISTS (SELECT FROM erased_again a WHERE a.ledger = OLD.ledger AND a.commitment = OLD.commitment) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '%.% is never changed: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP USING ERRCODE = 'ET002';
END
$$;
DROP TRIGGER disclosure_is_never_deleted ON log.disclosure;
-- By row: a disclosure goes only if a confirmed erasure names it, whoever deletes it.
CREATE TRIGGER disclosure_is_never_deleted BEFORE DELETE ON log.disclosure
    FOR EACH ROW EXECUTE FUNCTION log.refuse_deletion();
ALTER TABLE log.disclosure ENABLE ALWAYS TRIGGER disclosure_is_never_deleted;

-- Deletes what a confirmed erasure names, and answers how many disclosures there were. Refused (ET001) while a stream
-- that names one of them has not been told: then somebody left it out, and a hold on it was never asked for.
CREATE FUNCTION log.erase(from_ledger text, confirmed_in text, confirmed_version bigint, erased bytea[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, log, pg_temp AS $$
DECLARE
    confirmation bytea;
    present bytea[];
    untold text;
    deleted bigint;
BEGIN
    SELECT e.body INTO confirmation FROM event e
        WHERE e.ledger = from_ledger AND e.stream = confirmed_in AND e.version = confirmed_version
            AND e.type = 'erasure-confirmed';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no erasure is confirmed at version % of %', confirmed_version, confirmed_in
            USING ERRCODE = 'ET001';
    END IF;
    IF EXISTS (SELECT FROM unnest(erased) AS c (commitment) WHERE NOT log.says(confirmation, c.commitment)) THEN
        RAISE EXCEPTION 'the erasure % does not name this', confirmed_in USING ERRCODE = 'ET001';
    END IF;
    SELECT array_agg(d.commitment) INTO present
        FROM disclosure d WHERE d.ledger = from_ledger AND d.commitment = ANY (erased);
    IF present IS NULL THEN
        RETURN 0;
    END IF;
    SELECT e.stream INTO untold
        FROM event e CROSS JOIN unnest(present) AS c (commitment)
        WHERE e.ledger = from_ledger AND e.stream NOT LIKE 'erasure/%' AND log.says(e.body, c.commitment)
            AND NOT EXISTS (
                SELECT FROM event t
                WHERE t.ledger = from_ledger AND t.stream = e.stream AND t.type = 'disclosures-erased'
                    AND log.says(t.body, c.commitment)
            )
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the erasure % leaves out the stream %', confirmed_in, untold USING ERRCODE = 'ET001';
    END IF;
    DELETE FROM disclosure d WHERE d.ledger = from_ledger AND d.commitment = ANY (present);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;

-- After a restore to a point before an erasure: its event is lost, its record outside says what it took. The owner's
-- alone, and only for events beyond the end of the ledger; what is applied stays visible in log.erased_again.
CREATE FUNCTION log.erase_again(from_ledger text, lost_erasure text, lost bigint, erased bytea[]) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, log, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    IF lost <= coalesce(
        (SELECT e.position FROM event e WHERE e.ledger = from_ledger ORDER BY e.position DESC LIMIT 1), 0
    ) THEN
        RAISE EXCEPTION 'position % of % is not lost', lost, from_ledger USING ERRCODE = 'ET001';
    END IF;
    INSERT INTO erased_again (ledger, commitment, erasure, lost_position)
        SELECT from_ledger, c.commitment, lost_erasure, lost FROM unnest(erased) AS c (commitment)
        ON CONFLICT DO NOTHING;
    DELETE FROM disclosure d WHERE d.ledger = from_ledger AND d.commitment = ANY (erased);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;

REVOKE ALL ON FUNCTION log.says(bytea, bytea), log.refuse_deletion(), log.erase(text, text, bigint, bytea[]),
    log.erase_again(text, text, bigint, bytea[]) FROM PUBLIC;
DO $$
DECLARE
    app_role constant text := current_setting('etappi.app_role');
BEGIN
    EXECUTE format('GRANT SELECT ON log.erased_again TO %I', app_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION log.erase(text, text, bigint, bytea[]) TO %I', app_role);
END
$$;
