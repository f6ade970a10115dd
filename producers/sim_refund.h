/*
 * What comes back of an order of the simulation: refunds, returns and chargebacks, each stated once or, some, restated by a later
 * revision. A pure function of the order's key, so that a copy sent hours later can be made again without keeping it.
 *
 * A unit that comes back brings list - seller discount - platform discount: of a line of Q units the share of q is discount * q /
 * Q, rounded towards zero, so that the last one takes the remainder. No refund gives back more than is left of its line.
 */
#ifndef PRODUCERS_SIM_REFUND_H
#define PRODUCERS_SIM_REFUND_H

#include "producers/sim_order.h"

#define SIM_REFUNDS_MAX 2

/* How a later revision differs. */
enum sim_restatement { RESTATED_NEVER, RESTATED_VOIDED, RESTATED_STOCK, RESTATED_DISCREPANCY, RESTATED_LOWER };

struct sim_refund_part {
    uint32_t line; /* index of the order's */
    int64_t quantity, amount_minor, tax_minor;
    bool restocked;
};

struct sim_refund {
    const char *initiator, *reason;
    int64_t at_us;
    int64_t restated_at_us; /* where restated */
    enum sim_restatement restated;
    int64_t restated_discrepancy_minor;
    bool shipped_before, chargeback;
    int64_t shipping_minor, discrepancy_minor;
    int64_t case_fee_minor; /* EVENT_ABSENT: none */
    uint32_t part_count;
    struct sim_refund_part parts[SIM_LINES_MAX];
};

/* By time. */
struct sim_refund_plan {
    uint32_t count;
    struct sim_refund refunds[SIM_REFUNDS_MAX];
};

enum sim_refund_fate {
    REFUND_AS_IT_COMES,
    REFUND_EARLY,  /* minutes after the order is paid */
    REFUND_ORPHAN, /* of an order from before the history, whose life is not asked for */
};

/* order is the event of any step of that life; haste divides all waiting times. refund_ppm is the chance of an order that is sent
 * to have refunds; the fates but the first always have one. */
void sim_refund_plan_make(const struct sim_order_key *key, const struct sim_life *life, const struct order *order,
                          uint32_t refund_ppm, enum sim_refund_fate fate, int64_t haste, struct sim_refund_plan *ret_plan);

/* A refund event and all that its texts point into, but for the line ids: those are of the order's scratch. */
struct sim_refund_scratch {
    struct event event;
    struct refund_line lines[SIM_LINES_MAX];
    char event_id[80], refund_id[56];
};

/* The refund of that index as first stated (revision 0) or restated (1). order_event must outlive the event that is made. Hashes
 * are not filled. */
void sim_refund_make(const struct sim_shop *shop, const struct event *order_event, const struct sim_refund_plan *plan,
                     uint32_t index, uint32_t revision, struct sim_refund_scratch *ret_scratch);

/* Makes the order's id, and those of its lines, one that no order of the history has. */
void sim_order_disown(struct sim_scratch *order);

#endif
