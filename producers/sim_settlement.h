/*
 * What the platform pays out for the orders of tiktok_shop shops: lines of daily statements, with the fields of the platform's
 * export for the United States. A pure function of the order's key, as all of an order is.
 *
 * An order is settled some days after delivery, with the refunds that are through by then; later ones come in lines of their own,
 * a cancelled order that was refunded in one that adds up to nothing. Shipping is passed through. Fees are those of sim_effect.h;
 * what is charged beyond them is a leak, known by kind and amount. Cases are charged in a line "Chargeback" beside the order's.
 */
#ifndef PRODUCERS_SIM_SETTLEMENT_H
#define PRODUCERS_SIM_SETTLEMENT_H

#include "producers/sim_refund.h"

#define SIM_SETTLED_LINES_MAX (2 * SIM_REFUNDS_MAX + 2)

enum sim_settled_field {
    STATED_TOTAL,
    STATED_NET_SALES,
    STATED_GROSS,
    STATED_GROSS_REFUND,
    STATED_DISCOUNT,
    STATED_DISCOUNT_REFUND,
    STATED_REFERRAL,
    STATED_ADMIN,
    STATED_AFFILIATE,
    STATED_TRANSACTION,
    STATED_SHIPPING_PAID,
    STATED_SHIPPING_ACTUAL,
    STATED_ADJUSTMENT,
    STATED_UNKNOWN, /* a name that nobody knows; only where it is charged */
    STATED_FIELD_COUNT
};

/* The platform's names of the fields, as it writes them in lines. */
extern const char *const sim_settled_fields[STATED_FIELD_COUNT];

struct sim_settled_line {
    const char *native_type;
    int64_t settled_at_us;  /* of the statement */
    uint32_t refunds;       /* of the order's, settled with this line and those before */
    enum sim_leak leak;
    int64_t leak_minor;     /* what it adds to the total */
    int64_t amounts_minor[STATED_FIELD_COUNT];
};

/* By time. */
struct sim_settlement_plan {
    uint32_t count;
    struct sim_settled_line lines[SIM_SETTLED_LINES_MAX];
};

/* order_event is of the life's first step; refunds its plan. leak_ppm is the chance of an order without refunds, ten times that
 * of one with. Nothing for shops that are not tiktok_shop. */
void sim_settlement_plan_make(const struct sim_order_key *key, const struct sim_life *life, const struct event *order_event,
                              const struct sim_refund_plan *refunds, uint32_t leak_ppm, int64_t haste,
                              struct sim_settlement_plan *ret_plan);

struct sim_settlement_scratch {
    struct event event;
    struct settled_amount amounts[STATED_FIELD_COUNT];
    char event_id[80], statement_id[32], payout_id[32], transaction_id[56];
};

/* The line of that index of an order. Hashes are not filled. */
void sim_settlement_make(const struct sim_shop *shop, const struct event *order_event, const struct sim_settlement_plan *plan,
                         uint32_t index, struct sim_settlement_scratch *ret_scratch);

enum sim_statement_row { STATEMENT_ADS, STATEMENT_RESERVE_COLLECTED, STATEMENT_RESERVE_RELEASED };

/* When the statement of a day (since 1970, UTC) is made. */
int64_t sim_statement_us(int32_t day);

/* Whether a shop has a reserve collected that day; *ret_released_day: when it comes back, *ret_amount_minor: how much. */
bool sim_reserve_of(const struct sim_shop *shop, uint64_t seed, int32_t day, int32_t *ret_released_day,
                    int64_t *ret_amount_minor);

/* A row about no order; day is the one it is named after. amount_minor is signed. */
void sim_statement_row_make(const struct sim_shop *shop, enum sim_statement_row row, int32_t day, int64_t settled_at_us,
                            int64_t amount_minor, struct sim_settlement_scratch *ret_scratch);

#endif
