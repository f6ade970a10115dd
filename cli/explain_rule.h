/*
 * What a fee rule says, in words: when it applies, how it is computed, what becomes of it when goods come back.
 */
#ifndef CLI_EXPLAIN_RULE_H
#define CLI_EXPLAIN_RULE_H

#include "cli/page.h"
#include "core/fees.h"

/* A text that is put together; what does not fit is cut. Zero it. */
struct phrase {
    char text[2048];
    size_t used;
};
__attribute__((format(printf, 2, 3))) void phrase_add(struct phrase *phrase, const char *format, ...);

/* "platform fee", "affiliate commission". */
const char *explain_class_name(enum fee_class class);
/* "order", "line", "unit", "SKU". */
const char *explain_level_name(enum fee_level level);

/* "creation", "delivery", "settlement": of the order */
const char *explain_clock_name(enum fee_clock clock);
/* "PAID", ... */
const char *explain_status_name(enum order_status status);

/* "from 2024-12-31 00:00:00 on", "until ...", in the schedule's zone. */
struct phrase explain_validity(const struct fee_schedule *schedule, const struct fee_rule *rule);

/* What the rule asks for; empty where it always applies. */
struct phrase explain_conditions(const struct fee_schedule *schedule, const struct fee_rule *rule);

/* What a refund gives back, and what it costs from that instant on. */
struct phrase explain_refund_policy(const struct fee_schedule *schedule, const struct fee_rule *rule, int64_t from_us,
                                    int32_t amount_scale);

#endif
