/*
 * Where alerts go. A channel empties an outbox as far as it can; alert_sender.h has the thread that makes it do so.
 */
#ifndef ALERTS_ALERT_CHANNEL_H
#define ALERTS_ALERT_CHANNEL_H

#include "postgres/outbox.h"

struct alert_channel {
    /* One round: takes, delivers, removes. *ret_idle: there was nothing to do. false with err where the database or the receiver failed:
     * nothing that was not delivered has been removed. */
    bool (*round)(struct alert_channel *channel, struct outbox *outbox, bool *ret_idle, struct err *err);
    void (*close)(struct alert_channel *channel); /* frees it */
};

#endif
