/*
 * A thread that tells one channel what its outbox holds, apart from the stream: however slow or dead the receiver is, no batch waits for it.
 * What fails is tried again after a wait that doubles up to a minute; said once when it begins and once when it is over.
 */
#ifndef ALERTS_ALERT_SENDER_H
#define ALERTS_ALERT_SENDER_H

#include "alerts/alert_channel.h"

struct alert_sender;

struct alert_sender_config {
    const char *name;             /* of the channel, for messages; borrowed */
    struct alert_channel *channel; /* taken, also on failure, as outbox is */
    struct outbox *outbox;
    void (*on_message)(void *ctx, char level, const char *text); /* 'i' or 'w', from the sender's thread */
    void *message_ctx;
};

/* NULL with err. */
struct alert_sender *alert_sender_start(const struct alert_sender_config *config, struct err *err);

/* Lets it empty the outbox until a round fails or drain_us have passed, ends the thread, frees all. What is left is told by the next
 * run. A round that is under way is waited for. Accepts NULL. */
void alert_sender_stop(struct alert_sender *sender, int64_t drain_us);

#endif
