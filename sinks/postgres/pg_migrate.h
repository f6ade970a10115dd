/*
 * The version of the database: schemas/sql/NNNN_*.sql, carried inside the program, applied in order, each in a transaction
 * of its own, recorded with its checksum in tillstream.schema_migration.
 */
#ifndef POSTGRES_PG_MIGRATE_H
#define POSTGRES_PG_MIGRATE_H

#include "postgres/pg_link.h"

/* Brings the database to this program's version, as a role that may create schemas in it. Safe to run twice and by two at
 * once. on_applied (may be NULL) is told each file that was applied. */
bool pg_migrate(const struct pg_settings *settings, void (*on_applied)(void *ctx, const char *file), void *ctx,
                struct err *err);

/* False unless the database has exactly this program's version; the failure names the remedy. */
bool pg_check_version(struct pg_link *link, struct pg_failure *failure);

#endif
