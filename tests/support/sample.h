/*
 * Events built by hand for tests: small, valid, in US dollars, to be changed field by field.
 */
#ifndef SUPPORT_SAMPLE_H
#define SUPPORT_SAMPLE_H

#include "core/fact.h"
#include "core/fees.h"
#include "schemas/event.h"

#define SAMPLE_TIME_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define SAMPLE_HOUR_US INT64_C(3600000000)

/* A paid order of one line (2 x 25.00 less 5.00 seller discount) with lines as its storage, hashes filled from ids. Calling
 * sample_seal after a change fills hashes anew. */
struct event sample_order(const char *shop, const char *order_id, struct order_line *lines, uint32_t line_count);
struct event sample_ad_spend(const char *shop, const char *campaign, int32_t day, int64_t spend_minor);

/* Key hashes, and a content hash of the figures that tests change. */
void sample_seal(struct event *event);

/* A policy in UTC that charges nothing, and one that takes 6 % of list - seller discount + shipping paid as platform fee. */
const struct shop_policy *sample_policy_free(void *ctx, struct text shop_id);
const struct shop_policy *sample_policy_referral(void *ctx, struct text shop_id);

/* facts that live in a static arena, emptied by every call. */
struct facts sample_facts(void);

#endif
