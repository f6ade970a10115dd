/*
 * From a line of a payout statement to its rows: each amount under its class, and what the stated sums hold beyond the
 * amounts that they are made of. A parent is never booked, its residual is. So the rows of a line always add up to its total:
 *
 *   total = sales + fees + adjustment                  shipping is a part of the fees
 *   total = sales + shipping + fees + adjustment       dollar, pound and euro, or where shipping is stated as a cost of its own
 *   sales = gross + seller discount + gross refund + seller discount refund
 *   carrier + platform discount + buyer + buyer refund of shipping = 0, where shipping is passed through (South East Asia)
 *
 * Source: TikTok Shop finance API, descriptions of settlement_amount, net_sales_amount and shipping_cost_amount. Amounts are
 * signed: positive to the seller. What breaks an identity is a finding with its amount, never a reason to refuse the line.
 */
#ifndef CORE_SETTLEMENT_H
#define CORE_SETTLEMENT_H

#include "core/fact.h"
#include "schemas/reason.h"

/* Fills ret_fact, its rows in facts' memory in the byte order of their fields; the hashes are not filled. Refuses a line
 * without any amount, one that states an amount twice, and amounts or sums beyond AMOUNT_MAX_MINOR. Pure; O(n log n) in the
 * amounts. */
enum reason settlement_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct facts *facts,
                                 struct settlement_fact *ret_fact);

#endif
