-- The log: ledgers, their events, and what may be forgotten. Owned by the owner; the application reads it and appends
-- through functions only. Names are compared by their bytes ("C"), so that no locale changes an index.

CREATE TABLE log.head (
    ledger text COLLATE "C" PRIMARY KEY CHECK (ledger ~ '^[a-z0-9/._-]+$'),
    demo boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE log.head IS
    'One row a ledger. Append locks it until commit and never updates it: the position is the top of the event''s key.';

CREATE TABLE log.event (
    ledger text COLLATE "C" NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    stream text COLLATE "C" NOT NULL CHECK (stream ~ '^[a-z0-9/._-]+$'),
    version bigint NOT NULL CHECK (version > 0),
    id bytea NOT NULL CHECK (octet_length(id) = 16),
    type text COLLATE "C" NOT NULL CHECK (type ~ '^[a-z0-9/._-]+$'),
    schema integer NOT NULL CHECK (schema > 0),
    received_at timestamptz NOT NULL CHECK (isfinite(received_at)),
    recorded_at timestamptz NOT NULL CHECK (isfinite(recorded_at)),
    effective_at timestamptz CHECK (isfinite(effective_at)),
    command_id bytea NOT NULL CHECK (octet_length(command_id) = 16),
    nonce bytea NOT NULL CHECK (octet_length(nonce) = 16),
    body bytea NOT NULL,
    metadata bytea NOT NULL,
    request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32),
    digest_key text COLLATE "C",
    PRIMARY KEY (ledger, position),
    UNIQUE (ledger, stream, version)
);
COMMENT ON COLUMN log.event.body IS 'Canonical JSON, the exact bytes that are hashed; jsonb would not give them back.';
COMMENT ON COLUMN log.event.digest_key IS
    'The month of the key of request_digest; null where the digest was made without one.';

-- The position makes a command's first and last event the two ends of its part of the index.
CREATE INDEX event_command ON log.event (ledger, command_id, position);

CREATE TABLE log.disclosure (
    ledger text COLLATE "C" NOT NULL,
    commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
    value bytea NOT NULL,
    PRIMARY KEY (ledger, commitment)
);
COMMENT ON COLUMN log.disclosure.value IS 'Canonical JSON of [kind, value]; the commitment is over the salt and these bytes.';

CREATE TABLE log.digest_key (
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    month text COLLATE "C" NOT NULL CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
    key bytea NOT NULL CHECK (octet_length(key) = 32),
    PRIMARY KEY (ledger, month)
);
COMMENT ON TABLE log.digest_key IS
    'Keys of request digests, deleted after 90 days: then nobody can guess a request from its digest any more.';

CREATE FUNCTION log.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is never changed: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP USING ERRCODE = 'ET002';
END
$$;

-- By statement, so that also one that would touch no row is refused, and an insert pays nothing.
CREATE TRIGGER head_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON log.head
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON log.event
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER disclosure_is_never_changed BEFORE UPDATE OR TRUNCATE ON log.disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
-- A trigger of its own: erasure will replace this one alone.
CREATE TRIGGER disclosure_is_never_deleted BEFORE DELETE ON log.disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
-- ALWAYS: session_replication_role, which switches ordinary triggers off, doesn't switch off these.
ALTER TABLE log.head ENABLE ALWAYS TRIGGER head_is_never_changed;
ALTER TABLE log.event ENABLE ALWAYS TRIGGER event_is_never_changed;
ALTER TABLE log.disclosure ENABLE ALWAYS TRIGGER disclosure_is_never_changed;
ALTER TABLE log.disclosure ENABLE ALWAYS TRIGGER disclosure_is_never_deleted;

CREATE FUNCTION log.create_ledger(new_ledger text, new_demo boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, log, pg_temp AS $$
BEGIN
    INSERT INTO head (ledger, demo) VALUES (new_ledger, new_demo) ON CONFLICT DO NOTHING;
    IF (SELECT h.demo FROM head h WHERE h.ledger = new_ledger) <> new_demo THEN
        RAISE EXCEPTION 'the ledger % exists, and whether it is a demo never changes', new_ledger USING ERRCODE = 'ET001';
    END IF;
END
$$;
