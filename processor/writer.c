#include "processor/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "processor/batch.h"
#include "processor/state_saver.h"

enum job { JOB_NONE, JOB_WRITE, JOB_IDLE, JOB_STOP };

struct writer {
    struct sink *sink;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    enum job job;
    struct batch *batch;
    enum sink_result result;
    struct write_counts counts;
    struct err err;
};

static void do_job(struct writer *writer, enum job job)
{
    struct write_counts counts = {0};
    struct err err = {0};
    if (job == JOB_WRITE) {
        batch_seal(writer->batch);
        state_saver_seal(&writer->batch->state);
    }
    enum sink_result result = job == JOB_WRITE ? writer->sink->write(writer->sink, writer->batch, &counts, &err)
                                               : writer->sink->idle(writer->sink, &err);
    pthread_mutex_lock(&writer->mutex);
    writer->result = result;
    writer->counts = counts;
    writer->err = err;
    writer->job = JOB_NONE;
    pthread_cond_broadcast(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
}

static void *writer_main(void *arg)
{
    struct writer *writer = arg;
    for (;;) {
        pthread_mutex_lock(&writer->mutex);
        while (writer->job == JOB_NONE)
            pthread_cond_wait(&writer->changed, &writer->mutex);
        enum job job = writer->job;
        pthread_mutex_unlock(&writer->mutex);
        if (job == JOB_STOP)
            return NULL;
        do_job(writer, job);
    }
}

struct writer *writer_start(struct sink *sink, struct err *err)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the writer");
        return NULL;
    }
    writer->sink = sink;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int failed = pthread_create(&writer->thread, NULL, writer_main, writer);
    if (!failed)
        return writer;
    (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "cannot start the writer thread: %s", strerror(failed));
    free(writer);
    return NULL;
}

static void submit(struct writer *writer, enum job job, struct batch *batch)
{
    pthread_mutex_lock(&writer->mutex);
    while (writer->job != JOB_NONE)
        pthread_cond_wait(&writer->changed, &writer->mutex);
    writer->job = job;
    writer->batch = batch;
    pthread_cond_broadcast(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
}

void writer_submit(struct writer *writer, struct batch *batch)
{
    submit(writer, JOB_WRITE, batch);
}

void writer_submit_idle(struct writer *writer)
{
    submit(writer, JOB_IDLE, NULL);
}

void writer_stop(struct writer *writer)
{
    if (!writer)
        return;
    submit(writer, JOB_STOP, NULL);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->mutex);
    free(writer);
}

static struct timespec deadline_in(int timeout_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

enum writer_state writer_wait(struct writer *writer, int timeout_ms, enum sink_result *ret_result,
                              struct write_counts *ret_counts, struct err *ret_err)
{
    struct timespec deadline = deadline_in(timeout_ms < 0 ? 0 : timeout_ms);
    int waited = 0;
    pthread_mutex_lock(&writer->mutex);
    while (writer->job != JOB_NONE && waited != ETIMEDOUT)
        waited = timeout_ms < 0 ? pthread_cond_wait(&writer->changed, &writer->mutex)
                                : pthread_cond_timedwait(&writer->changed, &writer->mutex, &deadline);
    enum writer_state state = writer->job == JOB_NONE ? WRITER_IDLE : WRITER_BUSY;
    if (state == WRITER_IDLE) {
        *ret_result = writer->result;
        *ret_counts = writer->counts;
        *ret_err = writer->err;
    }
    pthread_mutex_unlock(&writer->mutex);
    return state;
}
