-- The engines' state, so that statistics and incidents go on after a crash as if there had been none.

CREATE TABLE tillstream.engine_snapshot (
    pipeline text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL,
    next_offset bigint NOT NULL,
    fingerprint bigint NOT NULL,
    bytes bigint NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pipeline, topic, partition, epoch, next_offset)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
COMMENT ON TABLE tillstream.engine_snapshot IS 'Saved states of the statistics, the two newest of each partition; deleting them is harmless: they are rebuilt from the log.';
COMMENT ON COLUMN tillstream.engine_snapshot.next_offset IS 'the state is the one before this record';
COMMENT ON COLUMN tillstream.engine_snapshot.epoch IS 'of the owner that saved it';
COMMENT ON COLUMN tillstream.engine_snapshot.fingerprint IS 'of the settings that it belongs to: with others it is not used';

CREATE TABLE tillstream.engine_snapshot_piece (
    pipeline text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL,
    next_offset bigint NOT NULL,
    piece integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (pipeline, topic, partition, epoch, next_offset, piece)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, toast.autovacuum_vacuum_scale_factor = 0,
        toast.autovacuum_vacuum_threshold = 20000);
-- Figures hardly get smaller, and the writer would pay for trying.
ALTER TABLE tillstream.engine_snapshot_piece ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON TABLE tillstream.engine_snapshot_piece IS 'The bytes of saved states, a piece per batch; a state without its row in engine_snapshot is on its way, or given up.';

ALTER FUNCTION tillstream.grant_rights() RENAME TO grant_rights_before_state;
CREATE FUNCTION tillstream.grant_rights() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $rights$
BEGIN
    PERFORM tillstream.grant_rights_before_state();
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_ingest') THEN
        GRANT INSERT, DELETE ON tillstream.engine_snapshot, tillstream.engine_snapshot_piece TO tillstream_ingest;
    END IF;
END
$rights$;
REVOKE ALL ON FUNCTION tillstream.grant_rights() FROM PUBLIC;
