/*
 * The catalog's rows hashed anew. That lines cost what the catalog says is proved with the lines: verify_orders.c.
 */
#include "postgres/verify.h"

#include "common/arena.h"
#include "core/fact.h"

#define COMPONENTS_MAX EVENT_LINES_MAX

static const char declare_versions[] =
    "DECLARE version_rows NO SCROLL CURSOR FOR SELECT 0 AS kind, s.shop_id, m.platform_sku, m.valid_from, m.valid_to, m.revision,"
    " m.occurred_at, m.content_hash, m.row_hash, m.event_id, NULL::text AS a, NULL::text AS b, NULL::text AS c, NULL::text AS d,"
    " NULL::int8 AS cost_minor, NULL::int2 AS amount_scale, NULL::timestamptz AS opened_at, m.component_skus, m.quantities"
    " FROM warehouse.sku_mapping m LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " UNION ALL SELECT 1, s.shop_id, c.sku, c.valid_from, c.valid_to, c.revision, c.occurred_at, c.content_hash, c.row_hash,"
    " c.event_id, c.currency, NULL, NULL, NULL, c.cost_minor, c.amount_scale, NULL, NULL, NULL"
    " FROM warehouse.unit_cost c LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " UNION ALL SELECT 2, s.shop_id, p.sku, p.valid_from, NULL, p.revision, p.occurred_at, p.content_hash, p.row_hash, p.event_id,"
    " p.name, p.category, p.brand, NULL, NULL, NULL, NULL, NULL, NULL"
    " FROM warehouse.product_version p LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " UNION ALL SELECT 3, s.shop_id, '', v.valid_from, NULL, v.revision, v.occurred_at, v.content_hash, v.row_hash, v.event_id, v.name,"
    " v.platform, v.market, v.timezone, NULL, NULL, v.opened_at, NULL, NULL"
    " FROM warehouse.shop_version v LEFT JOIN warehouse.dim_shop s USING (shop_key)";
static const struct pg_statement fetch_versions = {"fetch_versions", "FETCH FORWARD 4096 FROM version_rows"};

enum { KIND, SHOP, SKU, FROM, TO, REVISION, OCCURRED, CONTENT, HASH, EVENT, A, B, C, D, COST, SCALE, OPENED, COMPONENTS, QUANTITIES };

static uint32_t array_count(const PGresult *rows, int i, int column)
{
    const char *at = PQgetvalue(rows, i, column);
    return get_bits(at, 4) ? (uint32_t)get_bits(at + 12, 4) : 0;
}

static void read_components(const PGresult *rows, int i, struct sku_component *components, struct sku_mapping *mapping)
{
    const char *skus = PQgetvalue(rows, i, COMPONENTS) + 20, *quantities = PQgetvalue(rows, i, QUANTITIES) + 20;
    uint32_t count = array_count(rows, i, COMPONENTS);
    mapping->components = components;
    mapping->component_count = count <= COMPONENTS_MAX && count == array_count(rows, i, QUANTITIES) ? count : 0;
    for (uint32_t n = 0; n < mapping->component_count; n++) {
        uint32_t len = (uint32_t)get_bits(skus, 4);
        components[n] = (struct sku_component){{skus + 4, len}, (int64_t)get_bits(quantities + 4, 8)};
        skus += 4 + len;
        quantities += 12;
    }
}

static void read_version(const PGresult *rows, int i, struct sku_component *components, struct event *event)
{
    int64_t from_us = get_time(rows, i, FROM), to_us = get_time(rows, i, TO);
    struct text sku = get_text(rows, i, SKU), a = get_text(rows, i, A), b = get_text(rows, i, B), c = get_text(rows, i, C);
    if (event->kind == EVENT_SKU_MAPPING) {
        event->sku_mapping = (struct sku_mapping){.platform_sku = sku, .valid_from_us = from_us, .valid_to_us = to_us};
        read_components(rows, i, components, &event->sku_mapping);
    } else if (event->kind == EVENT_UNIT_COST) {
        event->currency = a;
        event->amount_scale = get_int2(rows, i, SCALE);
        event->unit_cost = (struct unit_cost){sku, get_int8(rows, i, COST), from_us, to_us};
    } else if (event->kind == EVENT_PRODUCT) {
        event->product = (struct product){sku, a, b, c, from_us};
    } else {
        event->shop = (struct shop_info){a, b, c, get_text(rows, i, D), get_time(rows, i, OPENED), from_us};
    }
}

static void check_version(struct verifier *verifier, const PGresult *rows, int i, struct sku_component *components)
{
    static const enum event_kind kinds[] = {EVENT_SKU_MAPPING, EVENT_UNIT_COST, EVENT_PRODUCT, EVENT_SHOP};
    struct event event = {.kind = kinds[get_int4(rows, i, KIND)],
                          .event_id = get_text(rows, i, EVENT),
                          .revision = get_int8(rows, i, REVISION),
                          .occurred_at_us = get_time(rows, i, OCCURRED),
                          .content_hash = get_uuid(rows, i, CONTENT)};
    struct catalog_fact fact = {.event = &event, .sku = get_text(rows, i, SKU), .valid_from_us = get_time(rows, i, FROM)};
    read_version(rows, i, components, &event);
    verifier->counts[VERIFY_CATALOG].rows++;
    if (catalog_columns_hash(&fact) != (uint64_t)get_int8(rows, i, HASH))
        verify_difference(verifier, VERIFY_CATALOG, "shop %s, %s: a version is not the one that was written", PQgetvalue(rows, i, SHOP),
                          PQgetvalue(rows, i, SKU));
}

bool verify_catalog(struct verifier *verifier, struct pg_failure *failure)
{
    struct arena arena;
    struct row_stream stream = {0};
    arena_init(&arena);
    struct sku_component *components = arena_alloc(&arena, COMPONENTS_MAX * sizeof *components);
    bool there, done = row_stream_begin(&stream, verifier->link, declare_versions, &fetch_versions, failure);
    while ((done = done && row_stream_next(&stream, verifier->link, &there, failure)) && there)
        check_version(verifier, stream.rows, stream.row, components);
    row_stream_done(&stream);
    arena_done(&arena);
    return done;
}
