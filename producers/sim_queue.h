/*
 * What the simulated log has yet to take, by time: a binary heap. Ties leave in the order in which they came.
 */
#ifndef PRODUCERS_SIM_QUEUE_H
#define PRODUCERS_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_entry_kind { ENTRY_ORDER, ENTRY_SPEND, ENTRY_REFUND, ENTRY_SETTLEMENT, ENTRY_STATEMENT, ENTRY_CATALOG };

/* Something that the log will take at a time. It names what is made then; nothing of it is kept. */
struct sim_entry {
    int64_t time_us;
    uint64_t sequence;   /* the queue's */
    uint64_t number;     /* of the order; of a spend: campaign; of the catalog: SKU */
    int64_t created_us;  /* of the order; of a spend: when it is reported */
    int32_t day;         /* of a spend, or of a row about no order */
    uint32_t shop;       /* index */
    uint16_t step;       /* of the life; of a spend: restated; of a refund: its index and whether it is restated; of a
                          * settlement: the line; of a row about no order: which; of the catalog: the plan's item */
    uint8_t kind;
    bool late, duplicate, live;
    bool early, orphan;  /* of a refund: before the order's first record; of an order that never comes */
};

struct sim_queue {
    struct sim_entry *heap; /* owned */
    size_t count, room;
    uint64_t sequence;
};

/* Aborts where memory is out. */
void sim_queue_push(struct sim_queue *queue, struct sim_entry entry);
/* The earliest; the queue must not be empty. */
struct sim_entry sim_queue_pop(struct sim_queue *queue);
/* When the earliest is due; INT64_MAX where there is none. */
int64_t sim_queue_next_us(const struct sim_queue *queue);
void sim_queue_done(struct sim_queue *queue);

#endif
