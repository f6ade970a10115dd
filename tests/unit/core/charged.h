/*
 * Sold orders of tests that say what each line was charged: the charges behind it, of a schedule whose first rule is a platform's
 * fee and whose second one is the creator's.
 */
#ifndef CORE_CHARGED_H
#define CORE_CHARGED_H

#include <stdlib.h>

#include "core/refund.h"

struct charged_order {
    struct sold_order sold;
    struct fee_charge charges[2];
    struct fee_part *parts; /* owned: of both charges */
};

static inline void charged_order_init(struct charged_order *charged, const struct fee_schedule *schedule, const struct sold_line *lines,
                                      uint32_t line_count)
{
    charged->parts = calloc(2 * (size_t)line_count, sizeof *charged->parts);
    charged->sold = (struct sold_order){.currency = {"USD", 3}, .amount_scale = 2, .lines = lines, .line_count = line_count,
                                        .is_delivered = true, .delivered_at_us = EVENT_ABSENT, .schedule = schedule,
                                        .charges = charged->charges, .charge_count = 2};
    for (uint32_t c = 0; c < 2; c++)
        charged->charges[c] = (struct fee_charge){.rule = c, .class = c ? FEE_AFFILIATE : FEE_PLATFORM,
                                                  .parts = charged->parts + (size_t)c * line_count};
    for (uint32_t i = 0; i < line_count; i++) {
        charged->charges[0].parts[i].amount_minor = lines[i].fees_minor;
        charged->charges[1].parts[i].amount_minor = lines[i].affiliate_commission_minor;
        charged->charges[0].amount_minor += lines[i].fees_minor;
        charged->charges[1].amount_minor += lines[i].affiliate_commission_minor;
    }
}

static inline void charged_order_done(struct charged_order *charged)
{
    free(charged->parts);
}

#endif
