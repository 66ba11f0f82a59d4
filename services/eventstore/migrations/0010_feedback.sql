-- What people say of the service on its feedback form: personal data outside the log, gone after a year.
CREATE TABLE app.feedback (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ledger text COLLATE "C" REFERENCES log.head,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    answer_by date NOT NULL,
    language text COLLATE "C" NOT NULL,
    page text NOT NULL CHECK (length(page) <= 500),
    said text NOT NULL CHECK (length(said) <= 5000),
    contact text CHECK (length(contact) <= 300)
);
COMMENT ON COLUMN app.feedback.ledger IS 'The agency on whose pages it was given; none outside of all.';
COMMENT ON COLUMN app.feedback.contact IS 'How to reach whoever wants an answer, as they wrote it.';
CREATE INDEX feedback_ledger ON app.feedback (ledger, received_at);
CREATE INDEX feedback_received_at ON app.feedback (received_at);

DO $$
DECLARE
    app_role constant text := current_setting('etappi.app_role');
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON app.feedback TO %I', app_role);
END
$$;
