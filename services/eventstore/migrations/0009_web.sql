-- What the pages keep of their own: who is signed in, and what somebody typed and has not saved. Both hold personal data
-- and words, so they stand outside the log, and an erasure deletes from them.
CREATE TABLE app.session (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 32),
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    name text NOT NULL,
    id_token text NOT NULL,
    flash jsonb,
    positions jsonb NOT NULL DEFAULT '{}',
    begun_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);
COMMENT ON COLUMN app.session.id IS 'The SHA-256 of what the cookie holds: who reads this table can sign in as nobody.';
COMMENT ON COLUMN app.session.flash IS 'What was done on the last page, to be said once on the next one.';
COMMENT ON COLUMN app.session.positions IS 'The last position that this session recorded in each ledger: its reads wait for it.';
CREATE INDEX session_login ON app.session (issuer, subject);

CREATE TABLE app.draft (
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    person text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    value text NOT NULL,
    based_on text COLLATE "C",
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (ledger, form, person)
);
COMMENT ON COLUMN app.draft.form IS
    'What is filled in, ending in what it is about, like a stream: report/2024-annual/m-12. Erasures go by that.';
COMMENT ON COLUMN app.draft.value IS 'The fields as JSON.';
COMMENT ON COLUMN app.draft.based_on IS 'The digest of the content with which the form was opened.';
CREATE INDEX draft_person ON app.draft (ledger, person);

DO $$
DECLARE
    app_role constant text := current_setting('etappi.app_role');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON app.session, app.draft TO %I', app_role);
END
$$;
