/*
 * What fee schedules charge for giving fees back, as rows of warehouse.refund_fee_rule: settlements of orders whose refunds no event
 * tells are held against them.
 */
#ifndef POSTGRES_REFUND_FEE_RULES_H
#define POSTGRES_REFUND_FEE_RULES_H

#include "core/fees.h"
#include "postgres/pg_link.h"

/* Adds the schedule's administration fees, whose key rule_set is; those that are there stay. In the caller's transaction. */
bool refund_fee_rules_write(struct pg_link *link, int32_t rule_set, const struct fee_schedule *schedule, struct pg_failure *failure);

#endif
