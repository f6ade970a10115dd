/*
 * What a failure of PostgreSQL means. The class of the SQLSTATE decides who can help: the world, the record, or whoever set
 * us up. A missing right must stop the program: as a refused record it would drain the topic into the quarantine.
 */
#include <ctype.h>
#include <stdio.h>

#include "postgres/pg_link.h"

static const struct {
    const char *prefix; /* of the SQLSTATE; the first that fits counts */
    enum pg_kind kind;
    const char *remedy;
} meanings[] = {
    {"25P03", PG_AGAIN, ""},
    {"28", PG_STOPS, "; correct user and password in postgres.dsn, postgres.password_file or pg_hba.conf"},
    {"3D000", PG_STOPS, "; create the database or correct postgres.dsn"},
    {"42501", PG_STOPS, "; grant the right to this role (`tillstream migrate` grants tillstream_ingest what it needs)"},
    {"42P01", PG_STOPS, "; run `tillstream migrate`"},
    {"42703", PG_STOPS, "; run `tillstream migrate`"},
    {"3F000", PG_STOPS, "; run `tillstream migrate`"},
    {"25006", PG_AGAIN, "; is this server a standby?"},
    {"08", PG_AGAIN, ""},
    {"40", PG_AGAIN, ""},
    {"53", PG_AGAIN, ""},
    {"55", PG_AGAIN, ""},
    {"57", PG_AGAIN, ""},
    {"58", PG_AGAIN, ""},
    {"22", PG_REFUSED, ""},
    {"23", PG_REFUSED, ""},
    {"54", PG_REFUSED, ""},
};

/* One line: libpq's messages have several, the server's may have any. */
static void flatten(char *text)
{
    char *to = text;
    bool gap = false;
    for (const char *from = text; *from; from++) {
        if (isspace((unsigned char)*from)) {
            gap = to != text;
            continue;
        }
        if (gap)
            *to++ = ' ';
        gap = false;
        *to++ = *from;
    }
    *to = '\0';
}

static void fill(struct pg_failure *failure, const char *sqlstate, const char *message, enum pg_kind otherwise)
{
    const char *remedy = "";
    failure->kind = otherwise;
    (void)snprintf(failure->sqlstate, sizeof failure->sqlstate, "%s", sqlstate);
    for (size_t i = 0; sqlstate[0] && i < sizeof meanings / sizeof *meanings; i++) {
        if (strncmp(sqlstate, meanings[i].prefix, strlen(meanings[i].prefix)) != 0)
            continue;
        failure->kind = meanings[i].kind;
        remedy = meanings[i].remedy;
        break;
    }
    char code[16] = "";
    if (sqlstate[0])
        (void)snprintf(code, sizeof code, " (%s)", sqlstate);
    (void)snprintf(failure->text, sizeof failure->text, "PostgreSQL: %.340s%s%s", message, code, remedy);
    flatten(failure->text);
}

/* Where a verbose message has its code: "FATAL:  28P01: password authentication failed". */
static const char *code_in(const char *message)
{
    for (const char *at = message; (at = strstr(at, ":  ")); at += 3) {
        const char *code = at + 3;
        size_t len = strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (len == 5 && code[5] == ':')
            return code;
    }
    return NULL;
}

static bool fail_connecting(const struct pg_link *link, struct pg_failure *failure)
{
    char message[ERR_TEXT_MAX], sqlstate[6] = "";
    (void)snprintf(message, sizeof message, "%s", PQerrorMessage(link->conn));
    char *location = strstr(message, "\nLOCATION:");
    if (location)
        *location = '\0';
    const char *code = code_in(message);
    if (code) {
        memcpy(sqlstate, code, 5);
        memmove(message + (code - message), code + 6, strlen(code + 6) + 1);
    }
    if (!message[0])
        (void)snprintf(message, sizeof message, "no answer within 10 s");
    fill(failure, sqlstate, message, PG_AGAIN);
    if (PQconnectionNeedsPassword(link->conn))
        (void)pg_fail_as(failure, PG_STOPS, "28P01",
                         "PostgreSQL: the server wants a password; give it by postgres.password_file or the environment");
    return false;
}

bool pg_fail(const struct pg_link *link, const PGresult *result, struct pg_failure *failure)
{
    if (!link->conn)
        return pg_fail_as(failure, PG_AGAIN, "", "PostgreSQL: the connection was lost");
    if (!result && PQstatus(link->conn) != CONNECTION_OK && !PQparameterStatus(link->conn, "server_version"))
        return fail_connecting(link, failure);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    fill(failure, sqlstate ? sqlstate : "", message ? message : PQerrorMessage(link->conn), PG_STOPS);
    /* A dying server says why in words of any class, and a lost connection says nothing. */
    if (PQstatus(link->conn) != CONNECTION_OK)
        failure->kind = PG_AGAIN;
    return false;
}

bool pg_fail_as(struct pg_failure *failure, enum pg_kind kind, const char *sqlstate, const char *text)
{
    failure->kind = kind;
    (void)snprintf(failure->sqlstate, sizeof failure->sqlstate, "%s", sqlstate);
    (void)snprintf(failure->text, sizeof failure->text, "%s", text);
    return false;
}

void pg_failure_to_err(const struct pg_failure *failure, struct err *err)
{
    bool again = failure->kind == PG_AGAIN;
    (void)err_set(err, again ? ERR_RETRY : ERR_FATAL, again ? EXIT_CODE_UNAVAILABLE : EXIT_CODE_CONFIG, "%s",
                  failure->text);
}

bool pg_failed_as(const struct pg_failure *failure, const char *sqlstate)
{
    return strcmp(failure->sqlstate, sqlstate) == 0;
}
