-- What follows the log keeps its place here. The schema `app` is the application's own: read models, drafts, sessions.
CREATE SCHEMA app;

CREATE TABLE app.subscription (
    name text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z0-9/._-]+$'),
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    position bigint NOT NULL CHECK (position >= 0),
    event_digest bytea CHECK (octet_length(event_digest) = 32),
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, ledger),
    CHECK ((position = 0) = (event_digest IS NULL))
);
COMMENT ON COLUMN app.subscription.event_digest IS
    'The leaf of the event at `position`: a log that was restored or altered below the checkpoint is noticed.';
