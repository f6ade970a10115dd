/*
 * The PostgreSQL sink: every batch in one transaction, exactly once. See sinks/sink.h for the contract and
 * fact_writer.h for how facts are written.
 */
#ifndef POSTGRES_PG_SINK_H
#define POSTGRES_PG_SINK_H

#include "sinks/sink.h"

struct pg_sink_config {
    const char *dsn;              /* all texts are borrowed until close; connection string or URI */
    const char *password;         /* NULL: what the dsn or a .pgpass says */
    const char *sslmode;          /* NULL: what the dsn says, else verify-full, on loopback and sockets prefer */
    const char *pipeline;         /* name that positions are kept under */
    const char *owner;            /* who this process is, for people who look at the positions */
    const char *application_name;
    bool alerts_to_topic, alerts_to_webhook; /* what fills the outbox: see alert_writer.h */
    bool (*should_stop)(void *ctx); /* ends endless retries; may be NULL */
    void *stop_ctx;
    void (*on_message)(void *ctx, char level, const char *text); /* 'i' or 'w', in the sink's thread; may be NULL */
    void *message_ctx;
};

/* A database that is away is waited for at first use. One that is there is looked at: NULL with err where it does not let us
 * in, or needs `tillstream migrate`. */
struct sink *pg_sink_open(const struct pg_sink_config *config, struct err *err);

/* Whether a sink with that configuration could work: connection, version, rights. false with err, whose kind is ERR_RETRY
 * where the server is away. */
bool pg_probe(const struct pg_sink_config *config, struct err *err);

#endif
