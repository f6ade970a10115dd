/*
 * A database that lives as long as one test or bench, on the server of the superuser's DSN in TILLSTREAM_TEST_DSN. Header
 * only: for targets that link the postgres layer.
 */
#ifndef SUPPORT_TEMP_DATABASE_H
#define SUPPORT_TEMP_DATABASE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "postgres/pg_link.h"

#define TEST_DSN_VARIABLE "TILLSTREAM_TEST_DSN"

struct temp_database {
    char name[64];
    char dsn[1024];
    PGconn *admin; /* to the server's own database */
    PGconn *conn;  /* to this one */
};

static inline void temp_database_must(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        (void)fprintf(stderr, "%s\n%s\n", sql, PQerrorMessage(conn));
        abort();
    }
    PQclear(result);
}

/* The same server, user and password as dsn, another database. */
static inline void temp_database_rename(const char *dsn, const char *name, char *ret_dsn, size_t size)
{
    char *message = NULL;
    size_t used = 0;
    PQconninfoOption *options = PQconninfoParse(dsn, &message);
    if (!options)
        abort();
    for (const PQconninfoOption *option = options; option->keyword; option++)
        if (option->val && strcmp(option->keyword, "dbname") != 0)
            used += (size_t)snprintf(ret_dsn + used, size - used, "%s='%s' ", option->keyword, option->val);
    (void)snprintf(ret_dsn + used, size - used, "dbname='%s'", name);
    PQconninfoFree(options);
}

/* false where TILLSTREAM_TEST_DSN is not set. */
static inline bool temp_database_make(struct temp_database *database)
{
    const char *dsn = getenv(TEST_DSN_VARIABLE);
    char sql[160];
    if (!dsn || !dsn[0])
        return false;
    (void)snprintf(database->name, sizeof database->name, "tillstream_test_%d", (int)getpid());
    temp_database_rename(dsn, database->name, database->dsn, sizeof database->dsn);
    database->admin = PQconnectdb(dsn);
    (void)snprintf(sql, sizeof sql, "CREATE DATABASE %s ENCODING 'UTF8' TEMPLATE template0", database->name);
    temp_database_must(database->admin, sql);
    database->conn = PQconnectdb(database->dsn);
    return true;
}

static inline void temp_database_drop(struct temp_database *database)
{
    char sql[160];
    if (!database->admin)
        return;
    PQfinish(database->conn);
    (void)snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", database->name);
    temp_database_must(database->admin, sql);
    PQfinish(database->admin);
    database->admin = NULL;
}

#endif
