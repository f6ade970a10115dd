#include "alerts/alert_sender.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IDLE_US INT64_C(500000)
#define BACKOFF_US_MIN INT64_C(250000)
#define BACKOFF_US_MAX INT64_C(60000000)

struct alert_sender {
    struct alert_sender_config config;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the two below */
    pthread_cond_t changed;
    bool stopping;
    int64_t stop_by_us;
    bool failing; /* the thread's own, as is backoff_us */
    int64_t backoff_us;
};

static int64_t now_us(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

static void say(const struct alert_sender *sender, char level, const char *what, const char *detail)
{
    char text[ERR_TEXT_MAX + 128];
    (void)snprintf(text, sizeof text, "alerts to the %s %s%s", sender->config.name, what, detail);
    sender->config.on_message(sender->config.message_ctx, level, text);
}

static void book_round(struct alert_sender *sender, bool good, const struct err *err)
{
    if (!good && !sender->failing)
        say(sender, 'w', "are not delivered, trying again until they are: ", err->text);
    if (good && sender->failing)
        say(sender, 'i', "are delivered again", "");
    sender->failing = !good;
    if (good)
        sender->backoff_us = BACKOFF_US_MIN;
}

/* How long to wait after a round. */
static int64_t wait_us_after(struct alert_sender *sender, bool good, bool idle)
{
    if (good)
        return idle ? IDLE_US : 0;
    int64_t wait_us = sender->backoff_us;
    sender->backoff_us = wait_us * 2 < BACKOFF_US_MAX ? wait_us * 2 : BACKOFF_US_MAX;
    return wait_us;
}

/* False where the thread is to end: told to, and nothing is left to do, or it does not work, or time is up. */
static bool goes_on(struct alert_sender *sender, bool good, bool idle)
{
    int64_t until_us = now_us() + wait_us_after(sender, good, idle);
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    int waited = 0;
    pthread_mutex_lock(&sender->mutex);
    while (!sender->stopping && waited == 0 && until_us > now_us())
        waited = pthread_cond_timedwait(&sender->changed, &sender->mutex, &until);
    bool over = sender->stopping && (!good || idle || now_us() > sender->stop_by_us);
    pthread_mutex_unlock(&sender->mutex);
    return !over;
}

static bool is_stopping(struct alert_sender *sender)
{
    pthread_mutex_lock(&sender->mutex);
    bool stopping = sender->stopping;
    pthread_mutex_unlock(&sender->mutex);
    return stopping;
}

/* Once it is told to stop, one more round at least is made: the last batch may have been committed since the one before. */
static void *sender_main(void *arg)
{
    struct alert_sender *sender = arg;
    bool good, idle, last;
    do {
        struct err err = {0};
        idle = false;
        last = is_stopping(sender);
        good = sender->config.channel->round(sender->config.channel, sender->config.outbox, &idle, &err);
        book_round(sender, good, &err);
    } while (goes_on(sender, good, idle) || !last);
    return NULL;
}

static void dispose(struct alert_sender *sender)
{
    sender->config.channel->close(sender->config.channel);
    outbox_free(sender->config.outbox);
    free(sender);
}

struct alert_sender *alert_sender_start(const struct alert_sender_config *config, struct err *err)
{
    struct alert_sender *sender = calloc(1, sizeof *sender);
    pthread_condattr_t attributes;
    if (!sender) {
        config->channel->close(config->channel);
        outbox_free(config->outbox);
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for alerts");
        return NULL;
    }
    sender->config = *config;
    sender->backoff_us = BACKOFF_US_MIN;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&sender->mutex, NULL);
    pthread_cond_init(&sender->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int failed = pthread_create(&sender->thread, NULL, sender_main, sender);
    if (!failed)
        return sender;
    (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "cannot start the thread of alerts: %s", strerror(failed));
    dispose(sender);
    return NULL;
}

void alert_sender_stop(struct alert_sender *sender, int64_t drain_us)
{
    if (!sender)
        return;
    pthread_mutex_lock(&sender->mutex);
    sender->stopping = true;
    sender->stop_by_us = now_us() + drain_us;
    pthread_cond_broadcast(&sender->changed);
    pthread_mutex_unlock(&sender->mutex);
    pthread_join(sender->thread, NULL);
    pthread_cond_destroy(&sender->changed);
    pthread_mutex_destroy(&sender->mutex);
    dispose(sender);
}
