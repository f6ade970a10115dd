#include "postgres/dims.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/hash.h"
#include "postgres/refund_fee_rules.h"

#define SHOPS_ROOM_MIN 64
#define NEAR_COUNT 256

/* Inserts shops or tells them what they did not know yet. What a shop books in never changes once it is known: headers of
 * orders leave platform and market out where they are the shop's. */
static const struct pg_statement upsert_shops = {
    "upsert_shops",
    "INSERT INTO warehouse.dim_shop AS d (shop_id, platform, market, currency, amount_scale, timezone, fee_pack)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int2[], $6::text[], $7::text[])"
    " ON CONFLICT (shop_id) DO UPDATE SET platform = coalesce(d.platform, excluded.platform),"
    " market = coalesce(d.market, excluded.market), currency = coalesce(d.currency, excluded.currency),"
    " amount_scale = coalesce(d.amount_scale, excluded.amount_scale), timezone = excluded.timezone,"
    " fee_pack = excluded.fee_pack"
    " RETURNING shop_key, shop_id, platform, market, currency, amount_scale, timezone, fee_pack"};

static const struct pg_statement all_shops = {
    "all_shops",
    "SELECT shop_key, shop_id, platform, market, currency, amount_scale, timezone, fee_pack FROM warehouse.dim_shop"};

/* A name that another transaction inserts at this moment gives no row; the batch is then tried again. */
static const struct pg_statement upsert_rule_set = {
    "upsert_rule_set",
    "WITH there AS (SELECT rule_set FROM tillstream.rule_set WHERE name = $1::text),"
    " made AS (INSERT INTO tillstream.rule_set (name) SELECT $1::text WHERE NOT EXISTS (SELECT FROM there)"
    " ON CONFLICT DO NOTHING RETURNING rule_set)"
    " SELECT rule_set FROM there UNION ALL SELECT rule_set FROM made"};

struct rule_set_dim {
    char *name; /* in the arena */
    int32_t rule_set;
};

struct near_shop {
    const struct shop *shop;
    const struct shop_dim *dim;
};

struct dims {
    struct arena arena; /* texts; an update leaves the old ones behind, which is rare */
    struct shop_dim *shops; /* open addressing; shop_key 0: free */
    size_t shop_count, shop_room;
    struct rule_set_dim *rule_sets;
    size_t rule_set_count, rule_set_room;
    bool loaded, pending;
    struct near_shop near[NEAR_COUNT]; /* by address, of this dims_resolve: spares hashing and comparing ids */
    const char *last_name;
    int32_t last_rule_set;
    struct pg_array columns[7];
};

struct dims *dims_new(void)
{
    return calloc(1, sizeof(struct dims));
}

static void forget(struct dims *dims)
{
    free(dims->shops);
    free(dims->rule_sets);
    arena_reset(&dims->arena, 0);
    dims->shops = NULL;
    dims->rule_sets = NULL;
    dims->shop_count = dims->shop_room = dims->rule_set_count = dims->rule_set_room = 0;
    dims->loaded = dims->pending = false;
    memset(dims->near, 0, sizeof dims->near);
    dims->last_name = NULL;
}

void dims_free(struct dims *dims)
{
    if (!dims)
        return;
    forget(dims);
    arena_done(&dims->arena);
    for (size_t i = 0; i < sizeof dims->columns / sizeof *dims->columns; i++)
        copy_buffer_done(&dims->columns[i].buffer);
    free(dims);
}

void dims_committed(struct dims *dims)
{
    dims->pending = false;
}

void dims_rolled_back(struct dims *dims)
{
    if (dims->pending)
        forget(dims);
}

static bool same_or_absent(struct text a, struct text b)
{
    return !a.ptr == !b.ptr && text_same(a, b);
}

static struct shop_dim *slot_of(const struct dims *dims, uint64_t hash, struct text id)
{
    if (!dims->shop_room)
        return NULL;
    size_t at = hash & (dims->shop_room - 1);
    while (dims->shops[at].shop_key && !(dims->shops[at].hash == hash && same_or_absent(dims->shops[at].id, id)))
        at = (at + 1) & (dims->shop_room - 1);
    return &dims->shops[at];
}

static void grow_shops(struct dims *dims)
{
    size_t old_room = dims->shop_room;
    struct shop_dim *old = dims->shops;
    dims->shop_room = old_room ? old_room * 2 : SHOPS_ROOM_MIN;
    dims->shops = calloc(dims->shop_room, sizeof *dims->shops);
    if (!dims->shops)
        abort();
    for (size_t i = 0; i < old_room; i++)
        if (old[i].shop_key)
            *slot_of(dims, old[i].hash, old[i].id) = old[i];
    free(old);
    memset(dims->near, 0, sizeof dims->near);
}

static struct text kept(struct dims *dims, struct text text)
{
    return text.ptr ? (struct text){arena_copy(&dims->arena, text.ptr, text.len), text.len} : text;
}

static void take_rows(struct dims *dims, const PGresult *rows)
{
    for (int i = 0; i < PQntuples(rows); i++) {
        if (dims->shop_count * 2 >= dims->shop_room)
            grow_shops(dims);
        struct text id = get_text(rows, i, 1);
        uint64_t hash = hash64(id.ptr, id.len);
        struct shop_dim *dim = slot_of(dims, hash, id);
        dims->shop_count += !dim->shop_key;
        *dim = (struct shop_dim){.hash = hash,
                                 .shop_key = get_int4(rows, i, 0),
                                 .id = kept(dims, id),
                                 .platform = kept(dims, get_text(rows, i, 2)),
                                 .market = kept(dims, get_text(rows, i, 3)),
                                 .currency = kept(dims, get_text(rows, i, 4)),
                                 .amount_scale = PQgetisnull(rows, i, 5) ? -1 : get_int2(rows, i, 5),
                                 .timezone = kept(dims, get_text(rows, i, 6)),
                                 .fee_pack = kept(dims, get_text(rows, i, 7))};
    }
}

bool dims_load(struct dims *dims, struct pg_link *link, struct pg_failure *failure)
{
    forget(dims);
    struct pg_call call = {.statement = &all_shops};
    if (!pg_run(link, &call, 1, failure))
        return false;
    take_rows(dims, call.result);
    pg_calls_clear(&call, 1);
    dims->loaded = true;
    return true;
}

static struct text timezone_of(const struct shop *shop)
{
    return text_of(shop->policy->zone_name ? shop->policy->zone_name : "UTC");
}

/* False where the shop is unknown, or the database does not know all that the engine knows of it. */
static bool is_current(const struct shop_dim *dim, const struct shop *shop)
{
    return dim && dim->shop_key && (dim->currency.ptr || !shop->currency[0]) && same_or_absent(dim->timezone, timezone_of(shop)) &&
           same_or_absent(dim->fee_pack, text_of(shop->policy->fees->name));
}

static struct near_shop *near_of(struct dims *dims, const struct shop *shop)
{
    return &dims->near[((uintptr_t)shop >> 6) % NEAR_COUNT];
}

static void add_column_texts(struct dims *dims, const struct shop *shop)
{
    bool known = shop->currency[0] != '\0';
    array_text(&dims->columns[0], shop->id);
    array_text(&dims->columns[1], shop->platform);
    array_text(&dims->columns[2], shop->market);
    array_text(&dims->columns[3], known ? text_of(shop->currency) : (struct text){NULL, 0});
    if (known)
        array_int2(&dims->columns[4], shop->amount_scale);
    else
        array_added(&dims->columns[4], put_null(array_next(&dims->columns[4], 0)));
    array_text(&dims->columns[5], timezone_of(shop));
    array_text(&dims->columns[6], text_of(shop->policy->fees->name));
}

static int compare_shops(const void *a, const void *b)
{
    return text_compare((*(const struct shop *const *)a)->id, (*(const struct shop *const *)b)->id);
}

/* One row per shop, in the order of their ids. Two engines may have the shop each (orders and ad spend): what knows its
 * currency counts. */
static size_t unique_shops(const struct shop **shops, size_t count)
{
    qsort(shops, count, sizeof *shops, compare_shops);
    size_t unique = 0;
    for (size_t i = 0; i < count; i++) {
        if (unique && compare_shops(&shops[unique - 1], &shops[i]) == 0) {
            if (shops[i]->currency[0])
                shops[unique - 1] = shops[i];
            continue;
        }
        shops[unique++] = shops[i];
    }
    return unique;
}

static bool upsert(struct dims *dims, struct pg_link *link, const struct shop **shops, size_t count,
                   struct pg_failure *failure)
{
    static const enum pg_type types[7] = {PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_INT2, PG_TEXT, PG_TEXT};
    for (int i = 0; i < 7; i++)
        array_start(&dims->columns[i], types[i]);
    count = unique_shops(shops, count);
    for (size_t i = 0; i < count; i++)
        add_column_texts(dims, shops[i]);
    struct pg_call call = {.statement = &upsert_shops};
    for (int i = 0; i < 7; i++)
        call_array(&call, &dims->columns[i]);
    dims->pending = true;
    if (!pg_run(link, &call, 1, failure))
        return false;
    take_rows(dims, call.result);
    pg_calls_clear(&call, 1);
    return true;
}

struct wanted {
    const struct shop **shops;
    size_t count, room;
};

static void want_shop(struct dims *dims, struct wanted *wanted, const struct shop *shop)
{
    struct near_shop *near = near_of(dims, shop);
    if (near->shop == shop)
        return;
    const struct shop_dim *dim = slot_of(dims, shop->hash, shop->id);
    *near = (struct near_shop){.shop = shop, .dim = dim};
    if (is_current(dim, shop))
        return;
    if (wanted->count == wanted->room) {
        wanted->room = wanted->room ? wanted->room * 2 : SHOPS_ROOM_MIN;
        wanted->shops = realloc(wanted->shops, wanted->room * sizeof *wanted->shops);
        if (!wanted->shops)
            abort();
    }
    wanted->shops[wanted->count++] = shop;
}

static bool resolve_shops(struct dims *dims, struct pg_link *link, const struct facts *facts, struct pg_failure *failure)
{
    struct wanted wanted = {0};
    memset(dims->near, 0, sizeof dims->near); /* addresses and policies may have changed since the last batch */
    for (size_t i = 0; i < facts->order_count; i++)
        want_shop(dims, &wanted, facts->orders[i].shop);
    for (size_t i = 0; i < facts->ad_spend_count; i++)
        want_shop(dims, &wanted, facts->ad_spends[i].shop);
    for (size_t i = 0; i < facts->refund_count; i++)
        want_shop(dims, &wanted, facts->refunds[i].shop);
    for (size_t i = 0; i < facts->settlement_count; i++)
        want_shop(dims, &wanted, facts->settlements[i].shop);
    for (size_t i = 0; i < facts->catalog_count; i++)
        want_shop(dims, &wanted, facts->catalog[i].shop);
    for (size_t i = 0; i < facts->anomaly_count; i++)
        want_shop(dims, &wanted, facts->anomalies[i].shop);
    for (size_t i = 0; i < facts->incident_count; i++)
        want_shop(dims, &wanted, facts->incidents[i].shop);
    bool ok = !wanted.count || upsert(dims, link, wanted.shops, wanted.count, failure);
    if (wanted.count)
        memset(dims->near, 0, sizeof dims->near);
    free(wanted.shops);
    return ok;
}

const struct shop_dim *dims_shop(struct dims *dims, const struct shop *shop)
{
    struct near_shop *near = near_of(dims, shop);
    if (near->shop != shop)
        *near = (struct near_shop){.shop = shop, .dim = slot_of(dims, shop->hash, shop->id)};
    return near->dim;
}

static int32_t find_rule_set(const struct dims *dims, const char *name)
{
    for (size_t i = 0; i < dims->rule_set_count; i++)
        if (strcmp(dims->rule_sets[i].name, name) == 0)
            return dims->rule_sets[i].rule_set;
    return 0;
}

static void keep_rule_set(struct dims *dims, const char *name, int32_t rule_set)
{
    if (dims->rule_set_count == dims->rule_set_room) {
        dims->rule_set_room = dims->rule_set_room ? dims->rule_set_room * 2 : 16;
        dims->rule_sets = realloc(dims->rule_sets, dims->rule_set_room * sizeof *dims->rule_sets);
        if (!dims->rule_sets)
            abort();
    }
    dims->rule_sets[dims->rule_set_count++] =
        (struct rule_set_dim){.name = arena_copy(&dims->arena, name, strlen(name) + 1), .rule_set = rule_set};
}

static bool resolve_rule_set(struct dims *dims, struct pg_link *link, const struct fee_schedule *schedule, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &upsert_rule_set};
    call_text(&call, schedule->name);
    dims->pending = true;
    if (!pg_run(link, &call, 1, failure))
        return false;
    bool found = PQntuples(call.result) > 0;
    if (found)
        keep_rule_set(dims, schedule->name, get_int4(call.result, 0, 0));
    pg_calls_clear(&call, 1);
    if (found)
        return refund_fee_rules_write(link, find_rule_set(dims, schedule->name), schedule, failure);
    return pg_fail_as(failure, PG_AGAIN, "40001", "PostgreSQL: another process is adding the same fee schedule");
}

int32_t dims_rule_set(struct dims *dims, const char *name)
{
    if (dims->last_name != name) {
        dims->last_name = name;
        dims->last_rule_set = find_rule_set(dims, name);
    }
    return dims->last_rule_set;
}

bool dims_resolve(struct dims *dims, struct pg_link *link, const struct facts *facts, struct pg_failure *failure)
{
    if (!dims->loaded && !dims_load(dims, link, failure))
        return false;
    if (!resolve_shops(dims, link, facts, failure))
        return false;
    const char *last = NULL;
    dims->last_name = NULL;
    for (size_t i = 0; i < facts->order_count; i++) {
        const struct fee_schedule *schedule = facts->orders[i].shop->policy->fees; /* by which the order was charged */
        if (schedule->name != last && !find_rule_set(dims, schedule->name) && !resolve_rule_set(dims, link, schedule, failure))
            return false;
        last = schedule->name;
    }
    return true;
}

void dims_each_shop(const struct dims *dims, void (*on_shop)(void *ctx, const struct known_shop *shop), void *ctx)
{
    for (size_t i = 0; i < dims->shop_room; i++) {
        const struct shop_dim *dim = &dims->shops[i];
        struct known_shop shop = {.id = dim->id,
                                  .currency = dim->currency,
                                  .platform = dim->platform,
                                  .market = dim->market,
                                  .amount_scale = dim->amount_scale};
        if (dim->shop_key)
            on_shop(ctx, &shop);
    }
}
