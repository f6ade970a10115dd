#include "postgres/spend_versions.h"

enum { SHOP, PLATFORM, ACCOUNT, CAMPAIGN, DAY, HOUR, REVISION, CONTENT, OCCURRED, ROW_HASH, SPEND, SCALE, CURRENCY, EVENT, TIMEZONE,
       IMPRESSIONS, CLICKS, ORDERS, REVENUE, NAME, CHANNEL, COLUMNS };

static const struct pg_statement add_versions = {
    "add_spend_versions",
    "INSERT INTO warehouse.ad_spend_version (" SPEND_VERSION_COLUMNS ")"
    " SELECT * FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::date[], $6::int2[], $7::int8[], $8::uuid[],"
    " $9::timestamptz[], $10::int8[], $11::int8[], $12::int2[], $13::text[], $14::text[], $15::text[], $16::int8[], $17::int8[],"
    " $18::int8[], $19::int8[], $20::text[], $21::text[]) AS u(" SPEND_VERSION_COLUMNS ")"
    " WHERE NOT EXISTS (SELECT FROM warehouse.fact_ad_spend f WHERE f.shop_key = u.shop_key AND f.platform = u.platform"
    " AND f.account_id = u.account_id AND f.campaign_id = u.campaign_id AND f.day = u.day AND f.hour = u.hour"
    " AND f.revision = u.revision AND f.content_hash = u.content_hash) ON CONFLICT DO NOTHING"};

static void add_maybe(struct pg_array *column, int64_t value)
{
    array_added(column, put_int8_or_null(array_next(column, 8), value));
}

static void add_version(struct pg_array *columns, const struct spend_row *row)
{
    const struct ad_spend_fact *fact = row->fact;
    const struct ad_spend *spend = fact->spend;
    array_int4(&columns[SHOP], row->shop->shop_key);
    array_text(&columns[PLATFORM], spend->platform);
    array_text(&columns[ACCOUNT], spend->account_id);
    array_text(&columns[CAMPAIGN], spend->campaign_id);
    array_date(&columns[DAY], spend->day);
    array_int2(&columns[HOUR], spend->hour);
    array_int8(&columns[REVISION], fact->revision);
    array_uuid(&columns[CONTENT], fact->content_hash);
    array_time(&columns[OCCURRED], fact->occurred_at_us);
    array_int8(&columns[ROW_HASH], (int64_t)fact->columns_hash);
    array_int8(&columns[SPEND], spend->spend_minor);
    array_int2(&columns[SCALE], fact->amount_scale);
    array_text(&columns[CURRENCY], fact->currency);
    array_text(&columns[EVENT], fact->event_id);
    array_text(&columns[TIMEZONE], spend->timezone);
    add_maybe(&columns[IMPRESSIONS], spend->impressions);
    add_maybe(&columns[CLICKS], spend->clicks);
    add_maybe(&columns[ORDERS], spend->reported_orders);
    add_maybe(&columns[REVENUE], spend->reported_revenue_minor);
    array_text(&columns[NAME], spend->campaign_name);
    array_text(&columns[CHANNEL], spend->channel);
}

bool spend_versions_write(struct fact_writer *writer, struct pg_failure *failure)
{
    static const enum pg_type types[COLUMNS] = {PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_DATE, PG_INT2, PG_INT8,
                                                PG_UUID, PG_TIMESTAMPTZ, PG_INT8, PG_INT8, PG_INT2, PG_TEXT, PG_TEXT,
                                                PG_TEXT, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_TEXT, PG_TEXT};
    PGresult *result;
    size_t skipped = 0;
    for (int i = 0; i < COLUMNS; i++)
        writer_column(writer, i, types[i]);
    for (size_t i = 0; i < writer->spend_count; i++) {
        if (writer->spends[i].version.action != ROW_SKIP)
            continue;
        add_version(writer->columns, &writer->spends[i]);
        skipped++;
    }
    if (!skipped)
        return true;
    if (!writer_run(writer, &add_versions, COLUMNS, &result, failure))
        return false;
    PQclear(result);
    return true;
}
