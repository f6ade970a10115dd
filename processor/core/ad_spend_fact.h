/*
 * From a row of an ad report to its row here.
 */
#ifndef CORE_AD_SPEND_FACT_H
#define CORE_AD_SPEND_FACT_H

#include "core/fact.h"
#include "schemas/reason.h"

/* Fills ret_fact, which points into the event, from the event; its hashes are not filled. Returns why the row is impossible, or
 * REASON_NONE. Pure. */
enum reason ad_spend_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct ad_spend_fact *ret_fact);

/* "platform/account/campaign", in facts' memory. */
struct text ad_spend_key(const struct ad_spend *spend, struct facts *facts);

#endif
