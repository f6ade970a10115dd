/*
 * Versions of the catalog. They are few: every one is asked for. What changed in mappings and costs is left in writer->catalog, for
 * cost_writer.c to move the lines that it concerns.
 */
#include "postgres/fact_writer.h"

#define COLUMNS_MAX 16

/* The statements of a kind; all have the same keys. */
struct catalog_table {
    enum event_kind kind;
    struct pg_statement ask, remove;
    const char *copy_sql;
    uint16_t columns;
};

#define KEYS "unnest($1::int4[], $2::text[], $3::timestamptz[], $4::int8[], $5::uuid[])"
#define ASK(table, sku)                                                                                                     \
    {"ask_" table, "SELECT u.n, f.revision, f.content_hash FROM " KEYS                                                      \
                   " WITH ORDINALITY AS u(shop_key, sku, valid_from, revision, content_hash, n)"                            \
                   " LEFT JOIN warehouse." table " f ON f.shop_key = u.shop_key AND " sku " AND f.valid_from = u.valid_from" \
                   " WHERE f.revision IS NULL OR f.revision <> u.revision OR f.content_hash <> u.content_hash"}
#define REMOVE(table, sku)                                                                                                     \
    {"remove_" table, "DELETE FROM warehouse." table " f USING " KEYS " AS u(shop_key, sku, valid_from, revision, content_hash)" \
                      " WHERE f.shop_key = u.shop_key AND " sku " AND f.valid_from = u.valid_from AND f.revision = u.revision"  \
                      " AND f.content_hash = u.content_hash"}
#define COPY(table, more)                                                                                            \
    "COPY warehouse." table " (shop_key, revision, valid_from, occurred_at, content_hash, row_hash, source_offset,"  \
    " source_partition, event_id, source_topic, " more ") FROM STDIN (FORMAT binary)"

static const struct catalog_table tables[] = {
    {EVENT_SKU_MAPPING, ASK("sku_mapping", "f.platform_sku = u.sku"), REMOVE("sku_mapping", "f.platform_sku = u.sku"),
     COPY("sku_mapping", "platform_sku, component_skus, quantities, valid_to"), 14},
    {EVENT_UNIT_COST, ASK("unit_cost", "f.sku = u.sku"), REMOVE("unit_cost", "f.sku = u.sku"),
     COPY("unit_cost", "sku, cost_minor, amount_scale, currency, valid_to"), 15},
    {EVENT_PRODUCT, ASK("product_version", "f.sku = u.sku"), REMOVE("product_version", "f.sku = u.sku"),
     COPY("product_version", "sku, name, category, brand"), 14},
    {EVENT_SHOP, ASK("shop_version", "u.sku = ''"), REMOVE("shop_version", "u.sku = ''"),
     COPY("shop_version", "name, platform, market, timezone, opened_at"), 15},
};

static struct versioned version_at(struct fact_writer *writer, size_t i)
{
    struct catalog_row *row = &writer->catalog[i];
    const struct event *event = row->fact->event;
    bool wanted = writer->catalog_kind == EVENT_KIND_COUNT || event->kind == writer->catalog_kind;
    return (struct versioned){row->fact->key_hash, event->revision, event->content_hash, wanted ? &row->version : NULL};
}

static void add_key(struct fact_writer *writer, size_t i)
{
    const struct catalog_row *row = &writer->catalog[i];
    array_int4(&writer->columns[0], row->shop->shop_key);
    array_text(&writer->columns[1], row->fact->sku);
    array_time(&writer->columns[2], row->fact->valid_from_us);
}

static size_t fill_components(struct fact_writer *writer, const struct event *event)
{
    if (event->kind != EVENT_SKU_MAPPING)
        return 0;
    writer_column(writer, 0, PG_TEXT);
    writer_column(writer, 1, PG_INT8);
    for (uint32_t i = 0; i < event->sku_mapping.component_count; i++) {
        array_text(&writer->columns[0], event->sku_mapping.components[i].sku);
        array_int8(&writer->columns[1], event->sku_mapping.components[i].quantity);
    }
    return writer->columns[0].buffer.used + writer->columns[1].buffer.used;
}

static size_t texts_len(const struct event *event)
{
    switch (event->kind) {
    case EVENT_UNIT_COST:
        return event->currency.len;
    case EVENT_PRODUCT:
        return event->product.name.len + event->product.category.len + event->product.brand.len;
    case EVENT_SHOP:
        return event->shop.name.len + event->shop.platform.len + event->shop.market.len + event->shop.timezone.len;
    case EVENT_SKU_MAPPING:
    case EVENT_ORDER:
    case EVENT_AD_SPEND:
    case EVENT_REFUND:
    case EVENT_SETTLEMENT:
    case EVENT_KIND_COUNT:
        break;
    }
    return 0;
}

static uint8_t *put_version(struct fact_writer *writer, uint8_t *at, const struct catalog_fact *fact)
{
    const struct event *event = fact->event;
    if (event->kind == EVENT_SHOP) {
        at = put_text(at, event->shop.name);
        at = put_text(at, event->shop.platform);
        at = put_text(at, event->shop.market);
        at = put_text(at, event->shop.timezone);
        return put_time(at, event->shop.opened_at_us);
    }
    at = put_text(at, fact->sku);
    if (event->kind == EVENT_PRODUCT) {
        at = put_text(at, event->product.name);
        at = put_text(at, event->product.category);
        return put_text(at, event->product.brand);
    }
    if (event->kind == EVENT_SKU_MAPPING) {
        at = put_array(at, &writer->columns[0]);
        at = put_array(at, &writer->columns[1]);
        return put_time(at, event->sku_mapping.valid_to_us);
    }
    at = put_int8(at, event->unit_cost.cost_minor);
    at = put_int2(at, event->amount_scale);
    at = put_text(at, event->currency);
    return put_time(at, event->unit_cost.valid_to_us);
}

static void put_row(struct fact_writer *writer, const struct catalog_row *row, uint16_t columns)
{
    const struct catalog_fact *fact = row->fact;
    const struct event *event = fact->event;
    const struct position *source = &writer->batch->advances[fact->origin.slot].from;
    size_t texts = fact->sku.len + event->event_id.len + strlen(source->topic) + texts_len(event) + fill_components(writer, event);
    uint8_t *at = copy_reserve(&writer->copy, 2 + COLUMNS_MAX * COPY_FIELD_MAX + texts);
    at = put_u16(at, columns);
    at = put_int4(at, row->shop->shop_key);
    at = put_int8(at, event->revision);
    at = put_time(at, fact->valid_from_us);
    at = put_time(at, event->occurred_at_us);
    at = put_uuid(at, event->content_hash);
    at = put_int8(at, (int64_t)fact->columns_hash);
    at = put_int8(at, fact->origin.offset);
    at = put_int4(at, source->partition);
    at = put_text(at, event->event_id);
    at = put_text(at, text_of(source->topic));
    copy_end(&writer->copy, put_version(writer, at, fact));
}

static bool copy(struct fact_writer *writer, const struct catalog_table *table, struct pg_failure *failure)
{
    bool begun = false;
    for (size_t i = 0; i < writer->catalog_count; i++) {
        const struct catalog_row *row = &writer->catalog[i];
        if (row->version.action == ROW_SKIP || row->fact->event->kind != table->kind)
            continue;
        if (!begun && !pg_copy_begin(writer->link, table->copy_sql, &writer->copy, failure))
            return false;
        begun = true;
        put_row(writer, row, table->columns);
        if (!writer_flush(writer, failure))
            return false;
    }
    return !begun || pg_copy_end(writer->link, &writer->copy, failure);
}

void catalog_take(struct fact_writer *writer, const struct catalog_fact *facts, size_t count)
{
    writer->catalog = writer_room(writer->catalog, &writer->catalog_room, count, sizeof *writer->catalog);
    writer->catalog_count = count;
    for (size_t i = 0; i < count; i++)
        writer->catalog[i] =
            (struct catalog_row){.fact = &facts[i], .shop = dims_shop(writer->dims, facts[i].shop), .version.action = ROW_WHOLE};
    writer->catalog_kind = EVENT_KIND_COUNT;
    versions_fold(writer, count, version_at, &writer->counts.catalog_duplicate, &writer->counts.catalog_stale);
}

static bool write_table(struct fact_writer *writer, const struct catalog_table *table, struct pg_failure *failure)
{
    struct write_counts *counts = &writer->counts;
    const struct version_counts met = {&counts->catalog_new, &counts->catalog_revised, &counts->catalog_duplicate, &counts->catalog_stale};
    const struct version_kind kind = {.what = "the catalog",
                                      .ask = &table->ask,
                                      .remove = &table->remove,
                                      .types = {PG_INT4, PG_TEXT, PG_TIMESTAMPTZ, PG_INT8, PG_UUID},
                                      .columns = 5,
                                      .at = version_at,
                                      .add_key = add_key};
    writer->catalog_kind = table->kind;
    return versions_ask(writer, &kind, writer->catalog_count, &met, failure) &&
           versions_remove_old(writer, &kind, writer->catalog_count, failure) && copy(writer, table, failure);
}

bool catalog_write(struct fact_writer *writer, struct pg_failure *failure)
{
    if (!writer->catalog_count)
        return true;
    writer->costs.tainted = true;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (!write_table(writer, &tables[i], failure))
            return false;
    return true;
}
