#include "postgres/order_load.h"

#include "postgres/pg_migrate.h"

#define THIS_ORDER " WHERE s.shop_id = $1::text AND o.order_id = $2::text"

static const char session_sql[] = "SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET client_min_messages = warning; SET jit = off";

static const struct pg_statement load_order = {"load_order", "SELECT " ORDER_READ_COLUMNS ORDER_READ_FROM THIS_ORDER};

static const struct pg_statement load_lines = {
    "load_lines",
    "SELECT " LINE_READ_COLUMNS " FROM warehouse.fact_sales f WHERE f.order_key = (SELECT o.order_key FROM warehouse.fact_orders o"
    " JOIN warehouse.dim_shop s USING (shop_key)" THIS_ORDER ") ORDER BY f.line_no"};

static const struct pg_statement load_refunds = {
    "load_refunds", "SELECT " REFUND_READ_COLUMNS REFUND_READ_FROM
                    " WHERE s.shop_id = $1::text AND r.order_id = $2::text ORDER BY r.occurred_at, r.refund_id, l.n"};

static const struct pg_statement load_effects = {
    "load_effects", "SELECT " EFFECT_READ_COLUMNS EFFECT_READ_FROM
                    " WHERE s.shop_id = $1::text AND f.order_id = $2::text ORDER BY f.refund_id, f.line_no"};

static const struct pg_statement find_shop = {"find_shop", "SELECT FROM warehouse.dim_shop WHERE shop_id = $1::text"};

/* Those that start with the id stand right behind it. */
static const struct pg_statement orders_nearby = {
    "orders_nearby",
    "WITH shop AS (SELECT shop_key FROM warehouse.dim_shop WHERE shop_id = $1::text)"
    " (SELECT order_id FROM warehouse.fact_orders JOIN shop USING (shop_key) WHERE lower(order_id) = lower($2::text) LIMIT 5)"
    " UNION ALL (SELECT order_id FROM warehouse.fact_orders JOIN shop USING (shop_key) WHERE order_id > $2::text"
    " ORDER BY order_id LIMIT 10)"
    " UNION ALL (SELECT order_id FROM warehouse.fact_orders JOIN shop USING (shop_key) WHERE order_id < $2::text"
    " ORDER BY order_id DESC LIMIT 10)"};

static const struct pg_statement shops_nearby = {
    "shops_nearby",
    "SELECT shop_id FROM warehouse.dim_shop ORDER BY lower(shop_id) <> lower($1::text), NOT starts_with(shop_id, $1::text), shop_id"
    " LIMIT 1000"};

static const struct pg_statement in_other_shops = {
    "in_other_shops",
    "SELECT s.shop_id FROM warehouse.dim_shop s JOIN warehouse.fact_orders o ON o.shop_key = s.shop_key AND o.order_id = $2::text"
    " WHERE s.shop_id <> $1::text ORDER BY s.shop_id LIMIT 5"};

/* What is asked for. */
struct asked {
    struct pg_link *link;
    struct text shop_id, order_id;
};

static void begin_call(const struct asked *asked, const struct pg_statement *statement, int count, struct pg_call *ret_call)
{
    *ret_call = (struct pg_call){.statement = statement};
    call_bytes(ret_call, asked->shop_id.ptr, asked->shop_id.len);
    if (count > 1)
        call_bytes(ret_call, asked->order_id.ptr, asked->order_id.len);
}

static bool read_lines(struct loaded_order *loaded, const PGresult *rows)
{
    struct order_fact *fact = &loaded->stored.fact;
    bool theirs = true;
    fact->line_count = (uint32_t)PQntuples(rows);
    fact->lines = arena_alloc(&loaded->arena, fact->line_count * sizeof *fact->lines);
    loaded->costs_minor = arena_alloc(&loaded->arena, fact->line_count * sizeof *loaded->costs_minor);
    for (uint32_t i = 0; i < fact->line_count; i++) {
        line_read_row(rows, (int)i, &loaded->arena, &fact->lines[i]);
        loaded->costs_minor[i] = get_int8_or_absent(rows, (int)i, LINE_COLUMN_COST);
        theirs &= get_date(rows, (int)i, LINE_COLUMN_DAY) == fact->day && get_bool(rows, (int)i, LINE_COLUMN_BOOKED) == fact->booked;
    }
    return theirs;
}

static void take_order(struct loaded_order *loaded, const PGresult *lines)
{
    const struct order_fact *fact = &loaded->stored.fact;
    stored_order_init(&loaded->stored);
    order_read_row(loaded->row, 0, &loaded->stored);
    bool theirs = read_lines(loaded, lines);
    loaded->lines_intact = theirs && lines_hash(fact) == fact->lines_hash;
    loaded->row_intact = order_row_hash(fact) == loaded->stored.row_hash;
    order_read_event(&loaded->stored, &loaded->arena);
}

static bool same_refund(const PGresult *rows, int a, int b)
{
    return text_same(get_text(rows, a, 2), get_text(rows, b, 2));
}

static void take_refunds(struct loaded_order *loaded, const PGresult *rows)
{
    int count = PQntuples(rows);
    loaded->refunds = arena_alloc(&loaded->arena, (size_t)count * sizeof *loaded->refunds);
    for (int i = 0; i < count; i++) {
        bool first = i == 0 || !same_refund(rows, i - 1, i);
        struct loaded_refund *refund = &loaded->refunds[first ? loaded->refund_count++ : loaded->refund_count - 1];
        if (first)
            refund_read_head(rows, i, &loaded->arena, &refund->stored);
        refund_read_line(rows, i, &loaded->arena, &refund->stored);
    }
    for (size_t i = 0; i < loaded->refund_count; i++)
        loaded->refunds[i].intact = refund_columns_hash(&loaded->refunds[i].stored.fact) == loaded->refunds[i].stored.row_hash;
}

static void take_effects(struct loaded_order *loaded)
{
    const PGresult *rows = loaded->effect_rows;
    loaded->effect_count = (size_t)PQntuples(rows);
    loaded->effects = arena_alloc(&loaded->arena, loaded->effect_count * sizeof *loaded->effects);
    for (size_t i = 0; i < loaded->effect_count; i++) {
        struct loaded_effect *effect = &loaded->effects[i];
        *effect = (struct loaded_effect){.intact = false};
        effect_read_row(rows, (int)i, &effect->row, &effect->effect);
        effect->intact = refund_line_hash(&effect->row) == (uint64_t)get_int8(rows, (int)i, EFFECT_COLUMN_ROW_HASH);
    }
}

static void take_books(struct loaded_order *loaded, const PGresult *costs, const PGresult *settlements, const PGresult *status)
{
    uint32_t line_count = loaded->stored.fact.line_count;
    loaded->catalog_costs_minor = arena_alloc(&loaded->arena, line_count * sizeof *loaded->catalog_costs_minor);
    loaded->component_count =
        order_costs_take(costs, line_count, &loaded->arena, loaded->catalog_costs_minor, &loaded->components);
    loaded->settlement_count = order_settlements_take(settlements, &loaded->arena, &loaded->settlements);
    if (PQntuples(status))
        loaded->settlement_status = get_kept_text(status, 0, 0, &loaded->arena);
}

static size_t take_texts(struct loaded_order *loaded, const PGresult *rows, struct text **ret_texts)
{
    size_t count = (size_t)PQntuples(rows);
    *ret_texts = arena_alloc(&loaded->arena, count * sizeof **ret_texts);
    for (size_t i = 0; i < count; i++) {
        struct text text = get_text(rows, (int)i, 0);
        (*ret_texts)[i] = (struct text){arena_copy(&loaded->arena, text.ptr, text.len), text.len};
    }
    return count;
}

static bool look_around(const struct asked *asked, struct loaded_order *loaded, struct pg_failure *failure)
{
    struct pg_call calls[2];
    begin_call(asked, loaded->shop_found ? &orders_nearby : &shops_nearby, loaded->shop_found ? 2 : 1, &calls[0]);
    begin_call(asked, &in_other_shops, 2, &calls[1]);
    if (!pg_run(asked->link, calls, 2, failure))
        return false;
    loaded->nearby_count = take_texts(loaded, calls[0].result, &loaded->nearby);
    loaded->elsewhere_count = take_texts(loaded, calls[1].result, &loaded->elsewhere);
    pg_calls_clear(calls, 2);
    return true;
}

static bool load(const struct asked *asked, struct loaded_order *loaded, struct pg_failure *failure)
{
    enum { ORDER, LINES, REFUNDS, EFFECTS, COSTS, SETTLEMENTS, STATUS, SHOP, CALLS };
    static const struct pg_statement *const statements[CALLS] = {&load_order,  &load_lines,        &load_refunds, &load_effects,
                                                                 &order_costs, &order_settlements, &order_status, &find_shop};
    struct pg_call calls[CALLS];
    for (int i = 0; i < CALLS; i++)
        begin_call(asked, statements[i], i == SHOP ? 1 : 2, &calls[i]);
    if (!pg_run(asked->link, calls, CALLS, failure))
        return false;
    loaded->found = PQntuples(calls[ORDER].result) > 0;
    loaded->shop_found = PQntuples(calls[SHOP].result) > 0;
    loaded->row = calls[ORDER].result;
    loaded->effect_rows = calls[EFFECTS].result;
    calls[ORDER].result = calls[EFFECTS].result = NULL;
    if (loaded->found)
        take_order(loaded, calls[LINES].result);
    take_refunds(loaded, calls[REFUNDS].result);
    take_effects(loaded);
    take_books(loaded, calls[COSTS].result, calls[SETTLEMENTS].result, calls[STATUS].result);
    pg_calls_clear(calls, CALLS);
    return loaded->found || look_around(asked, loaded, failure);
}

bool pg_order_load(const struct pg_settings *settings, struct text shop_id, struct text order_id, struct loaded_order *ret_loaded,
                   struct err *err)
{
    struct pg_settings reading = *settings;
    reading.session_sql = session_sql;
    struct pg_link link = {.settings = &reading};
    struct pg_failure failure = {0};
    const struct asked asked = {&link, shop_id, order_id};
    *ret_loaded = (struct loaded_order){0};
    arena_init(&ret_loaded->arena);
    bool done = pg_link_open(&link, &failure) && pg_check_version(&link, &failure) &&
                pg_do(&link, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", &failure) &&
                load(&asked, ret_loaded, &failure) && pg_do(&link, "COMMIT", &failure);
    pg_link_close(&link);
    if (!done)
        pg_failure_to_err(&failure, err);
    return done;
}

void pg_order_done(struct loaded_order *loaded)
{
    PQclear(loaded->row);
    PQclear(loaded->effect_rows);
    arena_done(&loaded->arena);
    *loaded = (struct loaded_order){0};
}
