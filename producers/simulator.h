/*
 * A month of some shops as a stream of events in the order in which a log would take them: seeded, and the same to the byte
 * wherever it runs. Memory grows with the order lives in progress, not with the history.
 */
#ifndef PRODUCERS_SIMULATOR_H
#define PRODUCERS_SIMULATOR_H

#include "common/err.h"
#include "producers/sim_shop.h"
#include "schemas/event.h"
#include "schemas/reason.h"

#define SIM_INCIDENTS_MAX 200
#define SIM_ALL_SKUS UINT32_MAX

struct simulator_config {
    uint64_t seed;
    uint32_t shops, days;
    uint64_t orders;        /* about: every hour of a shop has its own chance */
    int64_t start_us;       /* a midnight UTC */
    uint32_t duplicate_ppm, late_ppm, malformed_ppm;
    uint32_t incidents;
    uint32_t refund_ppm;    /* of the orders that are sent to their buyers; 0: no refunds at all */
    bool single_lives;      /* every order once, as PAID, with two lines; nothing comes back or is settled, and no catalog */
    uint32_t leak_ppm;      /* of settled orders, ten times as many of refunded ones: what is charged beyond the rules */
};

/* How a settlement differs from what the rules yield. */
enum sim_leak {
    LEAK_NONE,
    LEAK_ADMIN_FEE,     /* on an order that was cancelled before shipping */
    LEAK_REFERRAL_RATE, /* 8 % instead of 6 % */
    LEAK_ADMIN_CAP,     /* a refund fee above its cap */
    LEAK_UNKNOWN_FEE,   /* under a name that nobody knows */
    LEAK_ADJUSTMENT,    /* without a reason */
    LEAK_COUNT
};

enum incident_kind { INCIDENT_PRICE, INCIDENT_DROP, INCIDENT_SPIKE, INCIDENT_SPEND, INCIDENT_KIND_COUNT };

struct incident {
    enum incident_kind kind;
    uint32_t shop;          /* index */
    uint32_t target;        /* index of the SKU or campaign; SIM_ALL_SKUS: a price error of the whole shop */
    int64_t start_us, end_us;
    int64_t factor_ppm;     /* what prices, orders or spend are multiplied by */
};

/* What comes next in the log. */
struct sim_item {
    const struct event *event; /* valid until the next call; also of a malformed record, which is to be spoilt */
    const struct sim_shop *shop;
    int64_t log_time_us;       /* when the log takes it */
    enum reason malformed;     /* REASON_NONE: as it is; else: to be spoilt so that it must be refused for that reason */
    bool duplicate, late;
    enum sim_leak leak;        /* of a settlement, and the next two */
    int64_t leak_minor;        /* what it adds to the total */
    uint32_t settled_refunds;  /* of the order's: with this line and those before */
};

struct simulator;

/* NULL with err. */
struct simulator *simulator_new(const struct simulator_config *config, struct err *err);
void simulator_free(struct simulator *simulator);

/* The next record of the history; false at its end. */
bool simulator_next(struct simulator *simulator, struct sim_item *ret_item);

/* A record of now, for live streams behind the history: new orders and revisions of live ones, lives in minutes. */
void simulator_next_live(struct simulator *simulator, int64_t now_us, struct sim_item *ret_item);

const struct incident *simulator_incidents(const struct simulator *simulator, size_t *ret_count);
const struct sim_shop *simulator_shop(const struct simulator *simulator, uint32_t index);

/* Stable names: price_error, order_drop, order_spike, ad_overspend. */
const char *incident_kind_name(enum incident_kind kind);
/* Stable names: admin_fee_not_due, referral_rate, admin_fee_above_cap, unknown_fee, adjustment. */
const char *sim_leak_name(enum sim_leak leak);
/* The metric that should notice it. */
const char *incident_metric(enum incident_kind kind);

/* Spoils framed bytes (capacity at least len + 8) so that they are refused for that reason. Returns the new length; a null value
 * is the caller's to send. Reasons that spoil the event itself (wrong_currency ...) are done before encoding: bytes stay. */
size_t sim_spoil(enum reason reason, uint8_t *bytes, size_t len);

#endif
