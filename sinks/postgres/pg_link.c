#include "postgres/pg_link.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CONNECT_MS_MAX 10000
#define STOP_EVERY_MS 100
#define CONNECTION_KEYWORDS_MAX 16

static const uint8_t copy_header[19] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xff, '\r', '\n', 0};

static int64_t now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * INT64_C(1000) + at.tv_nsec / 1000000;
}

static void ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx, (void)result;
}

/* Where the traffic stays on this machine. No host is the socket of the default folder. */
static bool is_local(const char *host)
{
    return !host || !host[0] || host[0] == '/' || host[0] == '@' || strcmp(host, "localhost") == 0 ||
           strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* libpq's own default, prefer, checks nobody's identity. */
static bool default_sslmode(const char *dsn, const char **ret_sslmode, struct pg_failure *failure)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(dsn, &message);
    if (!options) {
        (void)message; /* it may quote the password */
        PQfreemem(message);
        return pg_fail_as(failure, PG_STOPS, "", "postgres.dsn is not a PostgreSQL connection string or URI");
    }
    const char *host = NULL, *sslmode = NULL;
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        if (strcmp(option->keyword, "host") == 0 || (strcmp(option->keyword, "hostaddr") == 0 && option->val))
            host = option->val ? option->val : host;
        if (strcmp(option->keyword, "sslmode") == 0)
            sslmode = option->val;
    }
    *ret_sslmode = sslmode ? NULL : is_local(host) ? "prefer" : "verify-full";
    PQconninfoFree(options);
    return true;
}

static PGconn *start(const struct pg_settings *settings, struct pg_failure *failure)
{
    const char *sslmode = settings->sslmode;
    if (!sslmode && !default_sslmode(settings->dsn, &sslmode, failure))
        return NULL;
    const char *keywords[CONNECTION_KEYWORDS_MAX], *values[CONNECTION_KEYWORDS_MAX];
    const char *const pairs[][2] = {{"dbname", settings->dsn},
                                    {"password", settings->password},
                                    {"sslmode", sslmode},
                                    {"application_name", settings->application_name},
                                    {"client_encoding", "UTF8"},
                                    {"keepalives_idle", "10"},
                                    {"keepalives_interval", "5"},
                                    {"keepalives_count", "3"},
                                    {"tcp_user_timeout", "20000"}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!pairs[i][1])
            continue;
        keywords[count] = pairs[i][0];
        values[count++] = pairs[i][1];
    }
    keywords[count] = values[count] = NULL;
    PGconn *conn = PQconnectStartParams(keywords, values, 1);
    if (!conn)
        (void)pg_fail_as(failure, PG_AGAIN, "", "PostgreSQL: out of memory for a connection");
    return conn;
}

/* libpq does not keep the SQLSTATE of a refused connection; verbose messages carry it. */
static bool await_connection(struct pg_link *link)
{
    const struct pg_settings *settings = link->settings;
    int64_t deadline = now_ms() + CONNECT_MS_MAX;
    (void)PQsetErrorVerbosity(link->conn, PQERRORS_VERBOSE);
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    while (PQstatus(link->conn) != CONNECTION_BAD && wanted != PGRES_POLLING_OK && wanted != PGRES_POLLING_FAILED) {
        struct pollfd fd = {.fd = PQsocket(link->conn),
                            .events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        if (now_ms() > deadline || (settings->should_stop && settings->should_stop(settings->stop_ctx)))
            return false;
        if (poll(&fd, 1, STOP_EVERY_MS) > 0)
            wanted = PQconnectPoll(link->conn);
    }
    (void)PQsetErrorVerbosity(link->conn, PQERRORS_DEFAULT);
    return PQstatus(link->conn) == CONNECTION_OK;
}

static bool is_utf8(const struct pg_link *link)
{
    const char *encoding = PQparameterStatus(link->conn, "server_encoding");
    return encoding && strcmp(encoding, "UTF8") == 0;
}

static bool open_new(struct pg_link *link, struct pg_failure *failure)
{
    link->conn = start(link->settings, failure);
    if (!link->conn)
        return false;
    (void)PQsetNoticeReceiver(link->conn, ignore_notice, NULL);
    if (!await_connection(link))
        return pg_fail(link, NULL, failure);
    if (!is_utf8(link))
        return pg_fail_as(failure, PG_STOPS, "", "PostgreSQL: the database must be encoded in UTF8: create it anew with ENCODING 'UTF8'");
    return !link->settings->session_sql || pg_do(link, link->settings->session_sql, failure);
}

bool pg_link_open(struct pg_link *link, struct pg_failure *failure)
{
    if (pg_link_alive(link))
        return true;
    pg_link_close(link);
    if (open_new(link, failure))
        return true;
    pg_link_close(link);
    return false;
}

void pg_link_close(struct pg_link *link)
{
    PQfinish(link->conn);
    link->conn = NULL;
    link->prepared_count = 0;
}

bool pg_link_alive(const struct pg_link *link)
{
    return link->conn && PQstatus(link->conn) == CONNECTION_OK;
}

static bool is_prepared(const struct pg_link *link, const struct pg_statement *statement)
{
    for (size_t i = 0; i < link->prepared_count; i++)
        if (link->prepared[i] == statement)
            return true;
    return false;
}

static bool prepare(struct pg_link *link, const struct pg_statement *statement, struct pg_failure *failure)
{
    if (is_prepared(link, statement))
        return true;
    if (link->prepared_count == PG_STATEMENTS_MAX)
        return pg_fail_as(failure, PG_STOPS, "", "too many prepared statements");
    PGresult *result = PQprepare(link->conn, statement->name, statement->sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        (void)pg_fail(link, result, failure);
        PQclear(result);
        return false;
    }
    PQclear(result);
    link->prepared[link->prepared_count++] = statement;
    return true;
}

static bool send_call(struct pg_link *link, const struct pg_call *call)
{
    static const int binary[PG_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                              1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    return PQsendQueryPrepared(link->conn, call->statement->name, call->count, call->values, call->lengths, binary, 1) == 1;
}

static bool worked(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* Takes one result per call, then that of the pipeline's end. The first failure is the one that counts. */
static bool collect(struct pg_link *link, struct pg_call *calls, size_t count, struct pg_failure *failure)
{
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        calls[i].result = PQgetResult(link->conn);
        if (ok && !worked(calls[i].result))
            ok = pg_fail(link, calls[i].result, failure);
        if (!calls[i].result) /* the connection is gone: there is no more to come */
            return ok;
        PQclear(PQgetResult(link->conn));
    }
    PQclear(PQgetResult(link->conn));
    return ok;
}

static bool run_prepared(struct pg_link *link, struct pg_call *calls, size_t count, struct pg_failure *failure)
{
    if (!PQenterPipelineMode(link->conn))
        return pg_fail(link, NULL, failure);
    bool sent = true;
    for (size_t i = 0; sent && i < count; i++)
        sent = send_call(link, &calls[i]);
    sent = sent && PQpipelineSync(link->conn);
    bool ok = sent ? collect(link, calls, count, failure) : pg_fail(link, NULL, failure);
    if (sent && PQexitPipelineMode(link->conn))
        return ok;
    /* Answers that nobody waits for any more may still be on their way: this connection is of no use. */
    ok = ok ? pg_fail(link, NULL, failure) : false;
    pg_link_close(link);
    return ok;
}

bool pg_run(struct pg_link *link, struct pg_call *calls, size_t count, struct pg_failure *failure)
{
    for (size_t i = 0; i < count; i++)
        calls[i].result = NULL;
    if (!link->conn)
        return pg_fail(link, NULL, failure);
    for (size_t i = 0; i < count; i++)
        if (!prepare(link, calls[i].statement, failure))
            return false;
    if (run_prepared(link, calls, count, failure))
        return true;
    pg_calls_clear(calls, count);
    return false;
}

void pg_calls_clear(struct pg_call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        PQclear(calls[i].result);
        calls[i].result = NULL;
    }
}

bool pg_do(struct pg_link *link, const char *sql, struct pg_failure *failure)
{
    if (!link->conn)
        return pg_fail(link, NULL, failure);
    PGresult *result = PQexec(link->conn, sql);
    bool ok = worked(result) || pg_fail(link, result, failure);
    PQclear(result);
    return ok;
}

bool pg_copy_begin(struct pg_link *link, const char *sql, struct copy_buffer *buffer, struct pg_failure *failure)
{
    buffer->used = 0;
    if (!link->conn)
        return pg_fail(link, NULL, failure);
    PGresult *result = PQexec(link->conn, sql);
    bool ok = PQresultStatus(result) == PGRES_COPY_IN || pg_fail(link, result, failure);
    PQclear(result);
    if (!ok)
        return false;
    uint8_t *at = copy_reserve(buffer, sizeof copy_header);
    memcpy(at, copy_header, sizeof copy_header);
    copy_end(buffer, at + sizeof copy_header);
    return true;
}

/* The server's reason for stopping a COPY comes with the result behind it. */
static bool finish_copy(struct pg_link *link, bool sent, struct pg_failure *failure)
{
    bool ok = true;
    PGresult *result;
    while ((result = PQgetResult(link->conn))) {
        if (ok && !worked(result))
            ok = pg_fail(link, result, failure);
        PQclear(result);
        if (PQstatus(link->conn) == CONNECTION_BAD)
            break;
    }
    return ok && !sent ? pg_fail(link, NULL, failure) : ok;
}

bool pg_copy_flush(struct pg_link *link, struct copy_buffer *buffer, struct pg_failure *failure)
{
    int sent = PQputCopyData(link->conn, (const char *)buffer->bytes, (int)buffer->used);
    buffer->used = 0;
    if (sent == 1)
        return true;
    (void)PQputCopyEnd(link->conn, "the sender lost its way"); /* fails where the connection is gone */
    return finish_copy(link, false, failure);
}

bool pg_copy_end(struct pg_link *link, struct copy_buffer *buffer, struct pg_failure *failure)
{
    copy_end(buffer, put_u16(copy_reserve(buffer, 2), UINT16_MAX));
    bool sent = PQputCopyData(link->conn, (const char *)buffer->bytes, (int)buffer->used) == 1 &&
                PQputCopyEnd(link->conn, NULL) == 1;
    buffer->used = 0;
    return finish_copy(link, sent, failure);
}
