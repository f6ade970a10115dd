/*
 * The one transaction of a batch:
 *   1. BEGIN; move the positions by compare-and-set. No row: we are not the owner, ROLLBACK, SINK_FENCED.
 *   2. What the batch brings: see batch_writer.h, and a piece of an engine's state: snapshots.h. COMMIT.
 * A batch that fails for the world's sake is done again from 1. When the connection is lost while COMMIT is answered, the
 * positions tell whether it took place.
 */
#include "postgres/pg_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/crash_point.h"
#include "postgres/batch_writer.h"
#include "postgres/pg_migrate.h"
#include "postgres/positions.h"
#include "postgres/product_fold.h"
#include "postgres/snapshots.h"

#define BACKOFF_MS_MIN 50
#define BACKOFF_MS_MAX 2000
#define NAP_MS 50
#define FOLD_ROWS_SLICE 20000    /* folded at a time when there is nothing else to do: a tenth of a second */
#define FOLD_ROWS_MAX 4000000    /* folded even under load: half a gigabyte that every reader of the view would sum */
#define PROBE_SECONDS_MAX 5

/* What decides the plans here is known: few keys against large tables with an index. Statistics of a table that is being
 * filled would only mislead. A writer that was stopped in the middle must not hold its rows for ever. */
static const char session_sql[] =
    "SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET client_min_messages = warning; SET jit = off;"
    " SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    " SET enable_seqscan = off; SET enable_bitmapscan = off; SET statement_timeout = '30s';"
    " SET idle_in_transaction_session_timeout = '15s'";

struct pg_sink {
    struct sink sink; /* first: the vtable is the object */
    struct pg_sink_config config;
    struct pg_settings settings;
    struct pg_link link;
    struct dims *dims;
    struct positions positions;
    struct snapshots snapshots;
    struct batch_writer writer;
    bool away;        /* the connection is lost and was said to be */
    bool fold_due;    /* there may be a slice to fold */
};

static void say(const struct pg_sink *sink, char level, const char *text)
{
    if (sink->config.on_message)
        sink->config.on_message(sink->config.message_ctx, level, text);
}

static bool stops(const struct pg_sink *sink)
{
    return sink->config.should_stop && sink->config.should_stop(sink->config.stop_ctx);
}

static void nap(const struct pg_sink *sink, int ms)
{
    for (; ms > 0 && !stops(sink); ms -= NAP_MS)
        (void)nanosleep(&(struct timespec){.tv_nsec = (long)(ms < NAP_MS ? ms : NAP_MS) * 1000000}, NULL);
}

static bool connect(struct pg_sink *sink, struct pg_failure *failure)
{
    if (pg_link_alive(&sink->link))
        return true;
    dims_rolled_back(sink->dims);
    if (!pg_link_open(&sink->link, failure) || !pg_check_version(&sink->link, failure)) {
        pg_link_close(&sink->link);
        return false;
    }
    if (sink->away)
        say(sink, 'i', "PostgreSQL is back");
    sink->away = false;
    return true;
}

/* What is to be done about a failure: true where it is worth another try, after a wait. */
static bool try_again(struct pg_sink *sink, const struct pg_failure *failure, int *backoff_ms)
{
    if (failure->kind != PG_AGAIN)
        return false;
    if (!pg_link_alive(&sink->link) && !sink->away) {
        char text[ERR_TEXT_MAX + 32];
        (void)snprintf(text, sizeof text, "%s; trying again until it is back", failure->text);
        say(sink, 'w', text);
        sink->away = true;
    }
    nap(sink, *backoff_ms);
    *backoff_ms = *backoff_ms * 2 < BACKOFF_MS_MAX ? *backoff_ms * 2 : BACKOFF_MS_MAX;
    return !stops(sink);
}

static enum sink_result result_of(const struct pg_failure *failure, struct err *err)
{
    pg_failure_to_err(failure, err);
    return failure->kind == PG_AGAIN ? SINK_RETRY : SINK_FATAL;
}

static enum sink_result fenced(struct err *err)
{
    (void)err_set(err, ERR_RETRY, EXIT_CODE_AGAIN, "another process owns the partitions now: nothing was written");
    return SINK_FENCED;
}

/* Repeats a step until it works, or stops being worth it. */
static enum sink_result repeat(struct pg_sink *sink, bool (*step)(struct pg_sink *sink, void *args, struct pg_failure *failure),
                               void *args, struct err *err)
{
    int backoff_ms = BACKOFF_MS_MIN;
    for (;;) {
        struct pg_failure failure = {0};
        if (connect(sink, &failure) && step(sink, args, &failure))
            return SINK_OK;
        if (!try_again(sink, &failure, &backoff_ms))
            return result_of(&failure, err);
    }
}

struct taking {
    struct position *positions;
    size_t count;
};

static bool take_over_once(struct pg_sink *sink, void *args, struct pg_failure *failure)
{
    const struct taking *taking = args;
    return positions_take_over(&sink->positions, &sink->link, taking->positions, taking->count, failure) &&
           snapshots_forget_beyond(&sink->snapshots, &sink->link, taking->positions, taking->count, failure);
}

static enum sink_result pg_take_over(struct sink *self, struct position *positions, size_t count, struct err *err)
{
    struct taking taking = {positions, count};
    fact_writer_forget(&((struct pg_sink *)self)->writer.facts);
    return repeat((struct pg_sink *)self, take_over_once, &taking, err);
}

static bool load_shops_once(struct pg_sink *sink, void *args, struct pg_failure *failure)
{
    (void)args;
    return dims_load(sink->dims, &sink->link, failure);
}

static enum sink_result pg_load_shops(struct sink *self, void (*on_shop)(void *ctx, const struct known_shop *shop),
                                      void *ctx, struct err *err)
{
    struct pg_sink *sink = (struct pg_sink *)self;
    enum sink_result result = repeat(sink, load_shops_once, NULL, err);
    if (result == SINK_OK)
        dims_each_shop(sink->dims, on_shop, ctx);
    return result;
}

struct loading {
    const struct position *of;
    bool (*on_state)(void *ctx, const struct stored_state *state);
    void *ctx;
};

static bool load_states_once(struct pg_sink *sink, void *args, struct pg_failure *failure)
{
    const struct loading *loading = args;
    return snapshots_load(&sink->snapshots, &sink->link, loading->of, loading->on_state, loading->ctx, failure);
}

static enum sink_result pg_load_states(struct sink *self, const struct position *of,
                                       bool (*on_state)(void *ctx, const struct stored_state *state), void *ctx, struct err *err)
{
    struct loading loading = {of, on_state, ctx};
    return repeat((struct pg_sink *)self, load_states_once, &loading, err);
}

struct starting {
    struct advance advance;
    bool owner;
};

static bool start_at_once(struct pg_sink *sink, void *args, struct pg_failure *failure)
{
    struct starting *starting = args;
    bool arrived;
    if (!positions_advance(&sink->positions, &sink->link, &starting->advance, 1, &starting->owner, failure))
        return false;
    if (starting->owner)
        return true;
    /* A first try may have worked and its answer been lost. */
    if (!positions_arrived(&sink->positions, &sink->link, &starting->advance, 1, &arrived, failure))
        return false;
    starting->owner = arrived;
    return true;
}

static enum sink_result pg_start_at(struct sink *self, const struct position *from, int64_t next_offset, struct err *err)
{
    struct starting starting = {.advance = {.from = *from, .next_offset = next_offset}};
    enum sink_result result = repeat((struct pg_sink *)self, start_at_once, &starting, err);
    return result == SINK_OK && !starting.owner ? fenced(err) : result;
}

static bool note_gap_once(struct pg_sink *sink, void *args, struct pg_failure *failure)
{
    return positions_note_gap(&sink->positions, &sink->link, args, failure);
}

static enum sink_result pg_note_gap(struct sink *self, const struct data_gap *gap, struct err *err)
{
    struct data_gap copy = *gap;
    return repeat((struct pg_sink *)self, note_gap_once, &copy, err);
}

struct writing {
    struct batch *batch;
    struct write_counts counts;
    bool owner;
    bool uncertain; /* a COMMIT was sent and its answer never came */
};

static bool commit(struct pg_sink *sink, struct writing *writing, struct pg_failure *failure)
{
    crash_point("before_commit");
    writing->uncertain = true;
    if (!pg_do(&sink->link, "COMMIT", failure)) {
        writing->uncertain = !pg_link_alive(&sink->link);
        return false;
    }
    writing->uncertain = false;
    crash_point("after_commit");
    dims_committed(sink->dims);
    return true;
}

static bool write_once(struct pg_sink *sink, struct writing *writing, struct pg_failure *failure)
{
    const struct batch *batch = writing->batch;
    if (!pg_do(&sink->link, "BEGIN", failure) ||
        !positions_advance(&sink->positions, &sink->link, batch->advances, batch->advance_count, &writing->owner, failure))
        return false;
    if (!writing->owner)
        return pg_do(&sink->link, "ROLLBACK", failure);
    writing->counts = (struct write_counts){.retries = writing->counts.retries};
    return batch_writer_write(&sink->writer, writing->batch, &writing->counts, failure) &&
           snapshots_write(&sink->snapshots, &sink->link, batch, &writing->counts, failure) && commit(sink, writing, failure);
}

static void abandon(struct pg_sink *sink)
{
    struct pg_failure ignored;
    if (pg_link_alive(&sink->link) && !pg_do(&sink->link, "ROLLBACK", &ignored))
        pg_link_close(&sink->link);
    dims_rolled_back(sink->dims);
}

static bool write_step(struct pg_sink *sink, void *args, struct pg_failure *failure)
{
    struct writing *writing = args;
    if (write_once(sink, writing, failure)) {
        if (writing->owner || !writing->uncertain)
            return true;
        /* Not the owner, after a COMMIT of ours whose fate is unknown: perhaps it was us who moved the position. */
        return positions_arrived(&sink->positions, &sink->link, writing->batch->advances,
                                 writing->batch->advance_count, &writing->owner, failure);
    }
    abandon(sink);
    writing->counts.retries++;
    return false;
}

static enum sink_result pg_write(struct sink *self, struct batch *batch, struct write_counts *counts, struct err *err)
{
    struct pg_sink *sink = (struct pg_sink *)self;
    struct writing writing = {.batch = batch};
    enum sink_result result = repeat(sink, write_step, &writing, err);
    if (result != SINK_OK)
        return result;
    if (!writing.owner)
        return fenced(err);
    write_counts_add(counts, &writing.counts);
    if (sink->writer.delta_rows > FOLD_ROWS_MAX)
        return self->idle(self, err) == SINK_FATAL ? SINK_FATAL : SINK_OK;
    return SINK_OK;
}

/* A fold that does not work is tried again at the next occasion: it is no batch's concern. */
static enum sink_result pg_idle(struct sink *self, struct err *err)
{
    struct pg_sink *sink = (struct pg_sink *)self;
    struct pg_failure failure = {0};
    uint64_t rows = 0;
    if (sink->writer.delta_rows < FOLD_ROWS_SLICE && !sink->fold_due)
        return SINK_OK;
    if (!connect(sink, &failure) || !product_fold(&sink->link, FOLD_ROWS_SLICE, &rows, &failure))
        return failure.kind == PG_AGAIN ? SINK_OK : result_of(&failure, err);
    sink->writer.delta_rows -= rows < sink->writer.delta_rows ? rows : sink->writer.delta_rows;
    sink->fold_due = rows == FOLD_ROWS_SLICE;
    return SINK_OK;
}

static void pg_close(struct sink *self)
{
    struct pg_sink *sink = (struct pg_sink *)self;
    pg_link_close(&sink->link);
    batch_writer_done(&sink->writer);
    positions_done(&sink->positions);
    snapshots_done(&sink->snapshots);
    dims_free(sink->dims);
    free(sink);
}

static struct pg_sink *sink_new(const struct pg_sink_config *config)
{
    struct pg_sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return NULL;
    sink->sink = (struct sink){pg_take_over, pg_load_shops, pg_load_states, pg_start_at,
                                pg_note_gap,  pg_write,      pg_idle,        pg_close};
    sink->config = *config;
    sink->settings = (struct pg_settings){.dsn = config->dsn,
                                          .password = config->password,
                                          .sslmode = config->sslmode,
                                          .application_name = config->application_name,
                                          .session_sql = session_sql,
                                          .should_stop = config->should_stop,
                                          .stop_ctx = config->stop_ctx};
    sink->link.settings = &sink->settings;
    sink->positions.pipeline = config->pipeline;
    sink->positions.owner = config->owner;
    sink->writer.alerts.to_topic = config->alerts_to_topic;
    sink->writer.alerts.to_webhook = config->alerts_to_webhook;
    sink->snapshots.pipeline = config->pipeline;
    sink->fold_due = true; /* what an earlier run left */
    sink->dims = dims_new();
    if (sink->dims && batch_writer_init(&sink->writer, &sink->link, sink->dims, config->pipeline))
        return sink;
    pg_close(&sink->sink);
    return NULL;
}

struct sink *pg_sink_open(const struct pg_sink_config *config, struct err *err)
{
    struct pg_failure failure = {0};
    struct pg_sink *sink = sink_new(config);
    if (!sink) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the PostgreSQL sink");
        return NULL;
    }
    if (connect(sink, &failure))
        return &sink->sink;
    if (failure.kind == PG_AGAIN) {
        char text[ERR_TEXT_MAX + 32];
        (void)snprintf(text, sizeof text, "%s; trying again until it is there", failure.text);
        say(sink, 'w', text);
        sink->away = true;
        return &sink->sink;
    }
    pg_failure_to_err(&failure, err);
    pg_close(&sink->sink);
    return NULL;
}
