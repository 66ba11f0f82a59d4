-- Which streams an erasure leaves out, in one pass over the ledger however many commitments it names; who asks before it
-- is proposed, and the deletion itself, ask the same function. And what a restore lost may be erased again also after
-- the ledger has grown on.

-- Streams whose events name a commitment and that no event has told of its erasure. Events hold no words, so what stands
-- between two quotes is a whole string. In an erasure's own stream stands what it takes, not what it says.
CREATE FUNCTION log.untold(from_ledger text, wanted bytea[]) RETURNS TABLE (stream text, commitment bytea)
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, log, pg_temp AS $$
    WITH named AS MATERIALIZED (
        SELECT DISTINCT e.stream, w.commitment
        FROM event e
        CROSS JOIN LATERAL string_to_table(convert_from(e.body, 'UTF8'), '"') AS between_quotes (said)
        JOIN unnest(wanted) AS w (commitment) ON encode(w.commitment, 'hex') = between_quotes.said
        WHERE e.ledger = from_ledger AND e.stream NOT LIKE 'erasure/%'
    )
    SELECT n.stream, n.commitment FROM named n
    WHERE NOT EXISTS (
        SELECT FROM event t
        WHERE t.ledger = from_ledger AND t.stream = n.stream AND t.type = 'disclosures-erased'
            AND log.says(t.body, n.commitment)
    )
$$;

CREATE OR REPLACE FUNCTION log.erase(from_ledger text, confirmed_in text, confirmed_version bigint, erased bytea[])
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, log, pg_temp AS $$
DECLARE
    confirmation bytea;
    present bytea[];
    left_out text;
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
    SELECT u.stream INTO left_out FROM untold(from_ledger, present) u ORDER BY u.stream LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the erasure % leaves out the stream %', confirmed_in, left_out USING ERRCODE = 'ET001';
    END IF;
    DELETE FROM disclosure d WHERE d.ledger = from_ledger AND d.commitment = ANY (present);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;

-- The owner's alone, and only where the event itself isn't there; what is applied stays visible in log.erased_again.
CREATE OR REPLACE FUNCTION log.erase_again(from_ledger text, lost_erasure text, lost bigint, erased bytea[])
RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, log, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    IF EXISTS (
        SELECT FROM event e
        WHERE e.ledger = from_ledger AND e.position = lost AND e.type = 'erasure-confirmed'
            AND e.stream = 'erasure/' || lost_erasure
            AND NOT EXISTS (SELECT FROM unnest(erased) AS c (commitment) WHERE NOT log.says(e.body, c.commitment))
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

REVOKE ALL ON FUNCTION log.untold(text, bytea[]) FROM PUBLIC;
DO $$
DECLARE
    app_role constant text := current_setting('etappi.app_role');
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION log.says(bytea, bytea), log.untold(text, bytea[]) TO %I', app_role);
END
$$;
