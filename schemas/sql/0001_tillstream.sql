-- Schemas, roles, and what the processor keeps for itself. The schema tillstream is there: it holds the record of migrations.

-- A hosted database may not let the owner make roles: then they are made by hand, and the next migrate grants them
-- their rights.
DO $roles$
DECLARE
    role name;
BEGIN
    FOREACH role IN ARRAY ARRAY['tillstream_owner', 'tillstream_ingest', 'tillstream_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE NOTICE 'role % is missing and may not be made here', role;
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- another database of this cluster was migrated at the same moment
            END;
        END IF;
    END LOOP;
END
$roles$;

CREATE SCHEMA warehouse;
CREATE SCHEMA analytics;
COMMENT ON SCHEMA tillstream IS 'What the processor keeps for itself: positions, quarantine, gaps, rule sets.';
COMMENT ON SCHEMA warehouse IS 'The star: facts, dimensions and aggregates; money in minor units.';
COMMENT ON SCHEMA analytics IS 'Views for people: money as numeric in the currency''s unit, shops by their id.';

-- Grows with every take-over and never comes back, even where a position is deleted by hand.
CREATE SEQUENCE tillstream.epoch AS bigint;

CREATE TABLE tillstream.source_position (
    pipeline text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    epoch bigint NOT NULL,
    owner text NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pipeline, topic, partition)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
COMMENT ON TABLE tillstream.source_position IS 'Where every partition stands; moved in the transaction that writes the facts, by compare-and-set.';
COMMENT ON COLUMN tillstream.source_position.next_offset IS 'first offset that is not in the warehouse; -1: nothing was read yet';
COMMENT ON COLUMN tillstream.source_position.epoch IS 'of the last take-over: an owner with an older one writes nothing';

CREATE TABLE tillstream.quarantine (
    pipeline text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    reason text NOT NULL,
    detail text,
    key bytea,
    value bytea,
    first_seen timestamptz NOT NULL DEFAULT now(),
    redriven_at timestamptz,
    PRIMARY KEY (pipeline, topic, partition, "offset")
);
COMMENT ON TABLE tillstream.quarantine IS 'Records that were refused, with the reason, the place and the raw bytes.';

CREATE TABLE tillstream.data_gap (
    pipeline text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    from_offset bigint NOT NULL,
    to_offset bigint NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pipeline, topic, partition, from_offset)
);
COMMENT ON TABLE tillstream.data_gap IS 'Records [from_offset, to_offset) that the log had dropped before they were read.';

CREATE TABLE tillstream.rule_set (
    rule_set integer GENERATED ALWAYS AS IDENTITY NOT NULL,
    name text COLLATE "C" PRIMARY KEY,
    first_used timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE tillstream.rule_set IS 'Names and versions of the fee schedules that facts were computed by.';
