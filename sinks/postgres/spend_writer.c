#include "postgres/spend_versions.h"

#define SPEND_COLUMNS 24

static const struct pg_statement ask = {
    "ask_spends",
    "SELECT u.n, f.revision, f.content_hash, f.spend_minor, f.amount_scale, f.currency"
    " FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::date[], $6::int2[], $7::int8[], $8::uuid[])"
    " WITH ORDINALITY AS u(shop_key, platform, account_id, campaign_id, day, hour, revision, content_hash, n)"
    " LEFT JOIN warehouse.fact_ad_spend f ON f.shop_key = u.shop_key AND f.platform = u.platform"
    " AND f.account_id = u.account_id AND f.campaign_id = u.campaign_id AND f.day = u.day AND f.hour = u.hour"
    " WHERE f.revision IS NULL OR f.revision <> u.revision OR f.content_hash <> u.content_hash"};

static const struct pg_statement remove_spends = {
    "remove_spends",
    "WITH gone AS (DELETE FROM warehouse.fact_ad_spend f"
    " USING unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::date[], $6::int2[], $7::int8[], $8::uuid[])"
    " AS u(shop_key, platform, account_id, campaign_id, day, hour, revision, content_hash)"
    " WHERE f.shop_key = u.shop_key AND f.platform = u.platform AND f.account_id = u.account_id"
    " AND f.campaign_id = u.campaign_id AND f.day = u.day AND f.hour = u.hour AND f.revision = u.revision"
    " AND f.content_hash = u.content_hash RETURNING f.*)"
    " INSERT INTO warehouse.ad_spend_version (" SPEND_VERSION_COLUMNS ") SELECT " SPEND_VERSION_COLUMNS " FROM gone"};

static const char copy_sql[] =
    "COPY warehouse.fact_ad_spend (shop_key, day, hour, amount_scale, revision, occurred_at, content_hash, row_hash,"
    " spend_minor, source_offset, source_partition, platform, account_id, campaign_id, event_id, currency, timezone,"
    " source_topic, impressions, clicks, reported_orders, reported_revenue_minor, campaign_name, channel)"
    " FROM STDIN (FORMAT binary)";

static struct versioned spend_at(struct fact_writer *writer, size_t i)
{
    struct spend_row *row = &writer->spends[i];
    return (struct versioned){row->fact->spend->row_hash, row->fact->revision, row->fact->content_hash, &row->version};
}

static void add_key(struct fact_writer *writer, size_t i)
{
    const struct spend_row *row = &writer->spends[i];
    const struct ad_spend *spend = row->fact->spend;
    array_int4(&writer->columns[0], row->shop->shop_key);
    array_text(&writer->columns[1], spend->platform);
    array_text(&writer->columns[2], spend->account_id);
    array_text(&writer->columns[3], spend->campaign_id);
    array_date(&writer->columns[4], spend->day);
    array_int2(&writer->columns[5], spend->hour);
}

static void take_replaced(struct fact_writer *writer, size_t i, const PGresult *rows, int answer)
{
    struct spend_row *row = &writer->spends[i];
    if (!row->version.replaces)
        return;
    row->old_spend_minor = get_int8(rows, answer, 3);
    row->old_key = rollup_key_of(row->shop->shop_key, row->fact->spend->day, get_int2(rows, answer, 4), get_text(rows, answer, 5));
}

static const struct version_kind kind = {
    .what = "ad spends",
    .ask = &ask,
    .remove = &remove_spends,
    .types = {PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT, PG_DATE, PG_INT2, PG_INT8, PG_UUID},
    .columns = 8,
    .at = spend_at,
    .add_key = add_key,
    .take = take_replaced,
};

void spends_take(struct fact_writer *writer, const struct ad_spend_fact *facts, size_t count)
{
    writer->spends = writer_room(writer->spends, &writer->spend_room, count, sizeof *writer->spends);
    writer->spend_count = count;
    for (size_t i = 0; i < count; i++)
        writer->spends[i] = (struct spend_row){
            .fact = &facts[i], .shop = dims_shop(writer->dims, facts[i].shop), .version.action = ROW_WHOLE};
    versions_fold(writer, count, spend_at, &writer->counts.ad_spends_duplicate, &writer->counts.ad_spends_stale);
}

bool spends_ask(struct fact_writer *writer, struct pg_failure *failure)
{
    struct write_counts *counts = &writer->counts;
    const struct version_counts met = {&counts->ad_spends_new, &counts->ad_spends_revised, &counts->ad_spends_duplicate,
                                       &counts->ad_spends_stale};
    return versions_ask(writer, &kind, writer->spend_count, &met, failure);
}

bool spends_remove_old(struct fact_writer *writer, struct pg_failure *failure)
{
    bool fits = true;
    for (size_t i = 0; i < writer->spend_count; i++) {
        const struct spend_row *row = &writer->spends[i];
        fits &= !row->version.replaces || rollup_add_ad_spend(writer->rollup, &row->old_key, row->old_spend_minor, -1);
    }
    return fits ? versions_remove_old(writer, &kind, writer->spend_count, failure) : writer_fail_sum(failure);
}

static void put_spend(struct copy_buffer *buffer, const struct spend_row *row, const struct position *source)
{
    const struct ad_spend_fact *fact = row->fact;
    const struct ad_spend *spend = fact->spend;
    size_t texts = spend->platform.len + spend->account_id.len + spend->campaign_id.len + fact->event_id.len +
                   fact->currency.len + spend->timezone.len + spend->campaign_name.len + spend->channel.len +
                   strlen(source->topic);
    uint8_t *at = copy_reserve(buffer, 2 + SPEND_COLUMNS * COPY_FIELD_MAX + texts);
    at = put_u16(at, SPEND_COLUMNS);
    at = put_int4(at, row->shop->shop_key);
    at = put_date(at, spend->day);
    at = put_int2(at, spend->hour);
    at = put_int2(at, fact->amount_scale);
    at = put_int8(at, fact->revision);
    at = put_time(at, fact->occurred_at_us);
    at = put_uuid(at, fact->content_hash);
    at = put_int8(at, (int64_t)fact->columns_hash);
    at = put_int8(at, spend->spend_minor);
    at = put_int8(at, fact->origin.offset);
    at = put_int4(at, source->partition);
    at = put_text(at, spend->platform);
    at = put_text(at, spend->account_id);
    at = put_text(at, spend->campaign_id);
    at = put_text(at, fact->event_id);
    at = put_text(at, fact->currency);
    at = put_text(at, spend->timezone);
    at = put_text(at, text_of(source->topic));
    at = put_int8_or_null(at, spend->impressions);
    at = put_int8_or_null(at, spend->clicks);
    at = put_int8_or_null(at, spend->reported_orders);
    at = put_int8_or_null(at, spend->reported_revenue_minor);
    at = put_text(at, spend->campaign_name);
    copy_end(buffer, put_text(at, spend->channel));
}

static bool copy_spends(struct fact_writer *writer, struct pg_failure *failure)
{
    size_t written = 0;
    bool fits = true;
    for (size_t i = 0; i < writer->spend_count; i++) {
        const struct spend_row *row = &writer->spends[i];
        if (row->version.action == ROW_SKIP)
            continue;
        const struct ad_spend_fact *fact = row->fact;
        const struct rollup_key key = rollup_key_of(row->shop->shop_key, fact->spend->day, fact->amount_scale, fact->currency);
        fits &= rollup_add_ad_spend(writer->rollup, &key, row->fact->spend->spend_minor, 1);
        written++;
    }
    if (!fits)
        return writer_fail_sum(failure);
    if (!written)
        return true;
    if (!pg_copy_begin(writer->link, copy_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < writer->spend_count; i++) {
        const struct spend_row *row = &writer->spends[i];
        if (row->version.action == ROW_SKIP)
            continue;
        put_spend(&writer->copy, row, &writer->batch->advances[row->fact->origin.slot].from);
        if (!writer_flush(writer, failure))
            return false;
    }
    return pg_copy_end(writer->link, &writer->copy, failure);
}

bool spends_copy(struct fact_writer *writer, struct pg_failure *failure)
{
    return copy_spends(writer, failure) && spend_versions_write(writer, failure);
}
