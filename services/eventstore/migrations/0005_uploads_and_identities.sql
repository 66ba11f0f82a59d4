-- Uploaded files and who uploaded them; which streams name them; who signs in as whom. All three can hold personal data,
-- so they stand outside the log, and an erasure deletes from them.
CREATE TABLE app.upload (
    object text COLLATE "C" PRIMARY KEY CHECK (object ~ '^[0-9a-f]{32}$'),
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    uploader text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size bigint NOT NULL CHECK (size > 0),
    media_type text NOT NULL,
    name text NOT NULL,
    uploaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (ledger, uploader, key)
);
COMMENT ON COLUMN app.upload.key IS 'The Idempotency-Key: an upload that is repeated finds the object that it made.';
CREATE INDEX upload_age ON app.upload (uploaded_at);

CREATE TABLE app.file_use (
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
    stream text COLLATE "C" NOT NULL,
    object text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger, commitment, stream)
);
COMMENT ON TABLE app.file_use IS 'Which streams name a file, made from the log: who may read the stream may read the file.';
CREATE INDEX file_use_object ON app.file_use (object);

CREATE TABLE app.identity (
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    person text COLLATE "C" NOT NULL,
    PRIMARY KEY (ledger, issuer, subject)
);
COMMENT ON TABLE app.identity IS 'Who signs in as whom, made from the log: a person of a ledger by issuer and subject.';
CREATE INDEX identity_login ON app.identity (issuer, subject);

DO $$
DECLARE
    app_role constant text := current_setting('etappi.app_role');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON app.upload, app.file_use, app.identity TO %I', app_role);
END
$$;
