/*
 * What a channel is still to be told, read from tillstream.alert_outbox and removed once it is told. Of all processes that share a database
 * one at a time has a channel's outbox: the others see it empty, and take over when its connection ends. So alerts go out in the order in
 * which they were written, and what was committed but not told when a process died is told by the next. One thread; a connection of its own.
 */
#ifndef POSTGRES_OUTBOX_H
#define POSTGRES_OUTBOX_H

#include "postgres/pg_sink.h"
#include "schemas/alert.h"

#define OUTBOX_TAKE_MAX 64

struct outbox;

/* Connects at first use. config's texts and channel are borrowed. NULL when memory is out. */
struct outbox *outbox_new(const struct pg_sink_config *config, const char *channel);
void outbox_free(struct outbox *outbox);

/* The oldest alerts, at most max (up to OUTBOX_TAKE_MAX); none where there are none or another process has the outbox. They are the outbox's until the
 * next call of this. false with err. */
bool outbox_take(struct outbox *outbox, size_t max, const struct alert **ret_alerts, size_t *ret_count, struct err *err);

/* Removes the first count of those taken. */
bool outbox_remove(struct outbox *outbox, size_t count, struct err *err);

/* How many alerts of the shop of taken alert i were sent in the current hour. */
bool outbox_sent_count(struct outbox *outbox, size_t i, int64_t *ret_count, struct err *err);
/* Removes taken alert i and counts it in its shop's hour, as sent or as held back. */
bool outbox_settle(struct outbox *outbox, size_t i, bool sent, struct err *err);

/* What was held back in an hour that is over. */
struct held_alerts {
    struct hash128 id; /* the same however often it is told */
    struct text shop_id;
    int64_t hour_us, count;
    int32_t shop_key;
};

/* One of them; *ret_there is false where there is none. Its text lives until the next call of this. */
bool outbox_held(struct outbox *outbox, bool *ret_there, struct held_alerts *ret_held, struct err *err);
bool outbox_forget_held(struct outbox *outbox, const struct held_alerts *held, struct err *err);

#endif
