/*
 * What ad platforms said of a day before they said something else: each revision of fact_ad_spend that is not the latest one. Which
 * ones these are does not depend on how the log was cut into batches, nor on the order in which they came:
 *   1. A row that is replaced moves there, with spends_remove_old.
 *   2. What never became a row, for a later revision was there before, or came in the same batch, is added here.
 */
#ifndef POSTGRES_SPEND_VERSIONS_H
#define POSTGRES_SPEND_VERSIONS_H

#include "postgres/fact_writer.h"

#define SPEND_VERSION_COLUMNS \
    "shop_key, platform, account_id, campaign_id, day, hour, revision, content_hash, occurred_at, row_hash, spend_minor," \
    " amount_scale, currency, event_id, timezone, impressions, clicks, reported_orders, reported_revenue_minor, campaign_name, channel"

/* After spends_copy: a mere duplicate of what stands there is none. */
bool spend_versions_write(struct fact_writer *writer, struct pg_failure *failure);

#endif
