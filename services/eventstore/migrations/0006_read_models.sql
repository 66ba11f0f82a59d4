-- Read models: made from the log alone, and made again at any time. A rebuild fills the next generation while the present
-- one serves; which one serves is said in one row, so that the change is one update.
CREATE TABLE app.read_model (
    ledger text COLLATE "C" PRIMARY KEY REFERENCES log.head,
    generation integer NOT NULL CHECK (generation > 0)
);

CREATE TABLE app.board_row (
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    generation integer NOT NULL,
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    slice text COLLATE "C" NOT NULL,
    row jsonb NOT NULL,
    PRIMARY KEY (ledger, generation, kind, key)
);
COMMENT ON COLUMN app.board_row.slice IS 'A year, a version of the agreement, or nothing: what is read together.';
CREATE INDEX board_row_slice ON app.board_row (ledger, generation, slice);

CREATE TABLE app.trail_entry (
    ledger text COLLATE "C" NOT NULL REFERENCES log.head,
    generation integer NOT NULL,
    position bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    subject text COLLATE "C",
    unit text COLLATE "C",
    recorded_at timestamptz NOT NULL,
    entry jsonb NOT NULL,
    PRIMARY KEY (ledger, generation, position)
);
CREATE INDEX trail_entry_subject ON app.trail_entry (ledger, generation, subject, position) WHERE subject IS NOT NULL;
CREATE INDEX trail_entry_unit ON app.trail_entry (ledger, generation, unit, position) WHERE unit IS NOT NULL;
CREATE INDEX trail_entry_people ON app.trail_entry USING gin ((entry -> 'people'));

DO $$
DECLARE
    app_role constant text := current_setting('etappi.app_role');
BEGIN
    EXECUTE format(
        'GRANT SELECT, INSERT, UPDATE, DELETE ON app.read_model, app.board_row, app.trail_entry TO %I', app_role
    );
END
$$;
