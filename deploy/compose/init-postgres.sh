#!/usr/bin/env bash
# Runs once, when the volume of the cluster is new.
set -eu
OWNER_PASSWORD=$(cat /run/tillstream/owner)
INGEST_PASSWORD=$(cat /run/tillstream/ingest)
READER_PASSWORD=$(cat /run/tillstream/reader)
export OWNER_PASSWORD INGEST_PASSWORD READER_PASSWORD
psql -XqAt -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -f /opt/tillstream/roles.sql
