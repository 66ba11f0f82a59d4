-- Append: one call is one batch of commands of one ledger. Everything comes in arrays: by command, by expectation, by
-- condition, by event, by commitment, by disclosure. An expectation is a stream and its version; a condition names its
-- command and its expectation by number (from 1), since many commands of a batch expect the same of the streams that they
-- all read; an event names its condition, so an event on a stream without a condition cannot be said.
--
-- Answers one row a command, in order: `appended` or `repeated` with the first and last position; `other-key` the same,
-- where the stored digest was made with another month's key, which the caller compares; `key-reused`; or `conflict` with
-- the number of the condition that does not hold and the version that is there. What can't be answered so is raised
-- (ET001) and fails the batch; the caller then sends its commands one by one.
--
-- Ids and versions are looked up by scalar subqueries: a join is planned from statistics, and where these are missing
-- it scans the ledger. One plan serves all calls of a session, since a custom plan would copy every array into constants;
-- it may be made while the table is empty and must hold when it is large. So every lookup asks for the order of one index
-- and no other (therefore BETWEEN, for what is equal has no order), and scans of the whole table are switched off.
CREATE FUNCTION log.append(
    into_ledger text,
    command_ids bytea[],
    request_digests bytea[],
    digest_keys text[],
    received timestamptz[],
    clocks timestamptz[],
    expected_streams text[],
    expected_versions bigint[],
    condition_commands integer[],
    condition_expectations integer[],
    event_conditions integer[],
    event_ids bytea[],
    event_types text[],
    event_schemas integer[],
    event_effective timestamptz[],
    event_nonces bytea[],
    event_bodies bytea[],
    event_metadata bytea[],
    commitment_commands integer[],
    commitments bytea[],
    disclosure_commands integer[],
    disclosure_commitments bytea[],
    disclosure_salts bytea[],
    disclosure_values bytea[]
) RETURNS TABLE (outcome text, first_position bigint, last_position bigint, failed_condition integer, actual_version bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, log, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_nestloop = off
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    commands constant integer := cardinality(command_ids);
    conditions constant integer := cardinality(condition_commands);
    events constant integer := cardinality(event_ids);
    demo_ledger boolean;
    wall timestamptz;
    clock timestamptz;
    next_position bigint;
    last_recorded timestamptz;
    known bigint[];  -- by command: the first position of its id, if it is stored
    actual bigint[];  -- by expectation: the stream's version
    holder integer[] := array_fill(0, ARRAY[cardinality(expected_streams)]);  -- by expectation: the last command with it
    shared boolean[] := array_fill(false, ARRAY[cardinality(expected_streams)]);  -- by expectation: whether two have it
    failed integer[] := array_fill(0, ARRAY[commands]);  -- by command: its first condition that doesn't hold
    events_of integer[] := array_fill(0, ARRAY[commands]);
    first_of bigint[] := array_fill(NULL::bigint, ARRAY[commands]);  -- by command, where it is appended
    recorded timestamptz[] := array_fill(NULL::timestamptz, ARRAY[commands]);
    next_version bigint[] := expected_versions;
    positions bigint[] := array_fill(NULL::bigint, ARRAY[events]);
    versions bigint[] := array_fill(NULL::bigint, ARRAY[events]);
    stored_digest bytea;
    stored_key text;
    n integer;
    command integer;
    expectation integer;
BEGIN
    -- What another transaction committed while this one waited for the lock must be seen after it.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append needs READ COMMITTED' USING ERRCODE = 'ET001';
    END IF;
    SELECT h.demo INTO demo_ledger FROM head h WHERE h.ledger = into_ledger FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no ledger %', into_ledger USING ERRCODE = 'ET001';
    END IF;
    wall := clock_timestamp();
    SELECT e.position, e.recorded_at INTO next_position, last_recorded
        FROM event e WHERE e.ledger = into_ledger ORDER BY e.position DESC LIMIT 1;
    next_position := coalesce(next_position, 0) + 1;

    SELECT array_agg((
            SELECT e.position FROM event e
            WHERE e.ledger = into_ledger AND e.command_id BETWEEN c.id AND c.id
            ORDER BY e.command_id, e.position LIMIT 1
        ) ORDER BY c.n)
        INTO known FROM unnest(command_ids) WITH ORDINALITY AS c (id, n);
    SELECT array_agg(coalesce((
            SELECT e.version FROM event e
            WHERE e.ledger = into_ledger AND e.stream = s.stream ORDER BY e.version DESC LIMIT 1
        ), 0) ORDER BY s.n)
        INTO actual FROM unnest(expected_streams) WITH ORDINALITY AS s (stream, n);

    FOR n IN 1 .. conditions LOOP
        command := condition_commands[n];
        expectation := condition_expectations[n];
        IF actual[expectation] <> expected_versions[expectation] AND failed[command] = 0 THEN
            failed[command] := n;
        END IF;
        IF holder[expectation] NOT IN (0, command) THEN
            shared[expectation] := true;
        END IF;
        holder[expectation] := command;
    END LOOP;
    FOR n IN 1 .. commands LOOP
        IF known[n] IS NULL AND failed[n] = 0 THEN
            IF demo_ledger <> (clocks[n] IS NOT NULL) THEN
                RAISE EXCEPTION 'a clock time comes with every command of a demo ledger, and with no other'
                    USING ERRCODE = 'ET001';
            END IF;
            clock := coalesce(clocks[n], wall);
            IF received[n] > clock + interval '30 seconds' THEN
                RAISE EXCEPTION 'received at %, more than 30 s ahead of the clock, %', received[n], clock
                    USING ERRCODE = 'ET001';
            END IF;
            last_recorded := greatest(clock, last_recorded, received[n]);
            recorded[n] := last_recorded;
        END IF;
    END LOOP;
    FOR n IN 1 .. events LOOP
        command := condition_commands[event_conditions[n]];
        expectation := condition_expectations[event_conditions[n]];
        next_version[expectation] := next_version[expectation] + 1;
        events_of[command] := events_of[command] + 1;
        IF recorded[command] IS NOT NULL THEN
            IF first_of[command] IS NULL THEN
                first_of[command] := next_position;
            ELSIF first_of[command] + events_of[command] - 1 <> next_position THEN
                RAISE EXCEPTION 'the events of a command come together' USING ERRCODE = 'ET001';
            END IF;
            positions[n] := next_position;
            versions[n] := next_version[expectation];
            next_position := next_position + 1;
        END IF;
    END LOOP;
    IF 0 = ANY (events_of) THEN
        RAISE EXCEPTION 'a command without events' USING ERRCODE = 'ET001';
    END IF;
    IF commands > 1 THEN
        IF (SELECT count(DISTINCT id) FROM unnest(command_ids) AS c (id)) < commands THEN
            RAISE EXCEPTION 'two commands of one id in a batch' USING ERRCODE = 'ET001';
        END IF;
        IF EXISTS (
            SELECT FROM unnest(expected_streams, expected_versions, next_version, holder, shared)
                AS s (stream, version, written, command, shared)
            GROUP BY s.stream
            HAVING (bool_or(s.shared) OR min(s.command) < max(s.command)) AND bool_or(s.written > s.version)
        ) THEN
            RAISE EXCEPTION 'a command of a batch reads or writes a stream that another one writes' USING ERRCODE = 'ET001';
        END IF;
    END IF;

    INSERT INTO event (
        ledger, position, stream, version, id, type, schema, received_at, recorded_at, effective_at,
        command_id, nonce, body, metadata, request_digest, digest_key
    )
    SELECT into_ledger, positions[e.n], expected_streams[c.expectation], versions[e.n], e.id, e.type, e.schema,
        received[c.n], recorded[c.n], e.effective, command_ids[c.n], e.nonce, e.body, e.metadata,
        request_digests[c.n], digest_keys[c.n]
    FROM unnest(
        event_conditions, event_ids, event_types, event_schemas, event_effective, event_nonces, event_bodies,
        event_metadata
    ) WITH ORDINALITY AS e (condition, id, type, schema, effective, nonce, body, metadata, n)
    CROSS JOIN LATERAL (
        SELECT condition_commands[e.condition], condition_expectations[e.condition]
    ) AS c (n, expectation)
    WHERE positions[e.n] IS NOT NULL;

    IF cardinality(disclosure_commitments) > 0 THEN
        INSERT INTO disclosure (ledger, commitment, salt, value)
        SELECT into_ledger, d.commitment, d.salt, d.value
        FROM unnest(disclosure_commands, disclosure_commitments, disclosure_salts, disclosure_values)
            AS d (command, commitment, salt, value)
        WHERE recorded[d.command] IS NOT NULL
        ON CONFLICT DO NOTHING;
    END IF;
    IF cardinality(commitments) > 0 AND EXISTS (
        SELECT FROM unnest(commitment_commands, commitments) AS c (command, commitment)
        WHERE recorded[c.command] IS NOT NULL
            AND (SELECT true FROM disclosure d WHERE d.ledger = into_ledger AND d.commitment = c.commitment) IS NULL
    ) THEN
        RAISE EXCEPTION 'an event contains a commitment whose disclosure is not in the ledger' USING ERRCODE = 'ET001';
    END IF;

    FOR n IN 1 .. commands LOOP
        failed_condition := NULL;
        actual_version := NULL;
        IF recorded[n] IS NOT NULL THEN
            outcome := 'appended';
            first_position := first_of[n];
            last_position := first_of[n] + events_of[n] - 1;
        ELSIF known[n] IS NOT NULL THEN
            first_position := known[n];
            SELECT e.position, e.request_digest, e.digest_key INTO last_position, stored_digest, stored_key
                FROM event e
                WHERE e.ledger = into_ledger AND e.command_id BETWEEN command_ids[n] AND command_ids[n]
                ORDER BY e.command_id DESC, e.position DESC LIMIT 1;
            outcome := CASE
                WHEN stored_key IS NOT NULL
                    AND (SELECT true FROM digest_key k WHERE k.ledger = into_ledger AND k.month = stored_key) IS NULL
                    THEN 'repeated'
                WHEN stored_key IS DISTINCT FROM digest_keys[n] THEN 'other-key'
                WHEN stored_digest = request_digests[n] THEN 'repeated'
                ELSE 'key-reused'
            END;
        ELSE
            outcome := 'conflict';
            first_position := NULL;
            last_position := NULL;
            failed_condition := failed[n];
            actual_version := actual[condition_expectations[failed[n]]];
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
