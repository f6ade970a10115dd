-- The database of tillstream and its three roles; run by a superuser with psql, as often as one likes.
-- The passwords come by environment, because other users can read a command line.
\getenv owner_password OWNER_PASSWORD
\getenv ingest_password INGEST_PASSWORD
\getenv reader_password READER_PASSWORD
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I', role)
FROM unnest(ARRAY['tillstream_owner', 'tillstream_ingest', 'tillstream_reader']) AS role
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)
\gexec

ALTER ROLE tillstream_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE tillstream_ingest LOGIN PASSWORD :'ingest_password';
ALTER ROLE tillstream_reader LOGIN PASSWORD :'reader_password';

SELECT 'CREATE DATABASE tillstream OWNER tillstream_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'tillstream')
\gexec

REVOKE ALL ON DATABASE tillstream FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE tillstream TO tillstream_ingest;
GRANT CONNECT ON DATABASE tillstream TO tillstream_reader;
