/*
 * Refunds and what they take back: rows hashed anew, money that adds up, and nothing of a refund lost on the way to its lines.
 */
#include "postgres/verify.h"

#include "common/arena.h"
#include "postgres/refund_read.h"

static const char declare_refunds[] =
    "DECLARE refund_rows NO SCROLL CURSOR FOR SELECT " REFUND_READ_COLUMNS REFUND_READ_FROM
    " ORDER BY r.shop_key, r.order_id, r.refund_id, l.n";
static const struct pg_statement fetch_refunds = {"fetch_refunds", "FETCH FORWARD 4096 FROM refund_rows"};

static const char declare_lines[] =
    "DECLARE refund_line_rows NO SCROLL CURSOR FOR SELECT " EFFECT_READ_COLUMNS EFFECT_READ_FROM
    " ORDER BY f.shop_key, f.order_id, f.refund_id, f.line_no";
static const struct pg_statement fetch_lines = {"fetch_refund_lines", "FETCH FORWARD 4096 FROM refund_line_rows"};

/* What refunds say against what their lines hold; parked ones have none, those of another currency hold nothing. */
static const struct pg_statement unbalanced = {
    "verify_refund_balance",
    "WITH stated AS (SELECT shop_key, order_id, refund_id, flags & 4 <> 0 AS voided, order_key, day,"
    " shipping_refund_minor::numeric AS shipping, discrepancy_minor::numeric AS discrepancy,"
    " coalesce(case_fee_minor, 0)::numeric AS case_fee, (SELECT coalesce(sum(a), 0) FROM unnest(amounts_minor) a) AS amount,"
    " (SELECT coalesce(sum(t), 0) FROM unnest(taxes_minor) t) AS tax FROM warehouse.fact_refunds),"
    " held AS (SELECT shop_key, order_id, refund_id, sum(amount_minor) AS amount, sum(tax_minor) AS tax,"
    " sum(shipping_minor) AS shipping, sum(discrepancy_minor) AS discrepancy, sum(case_fee_minor) AS case_fee,"
    " bool_or(findings & 4 <> 0) AS foreign_currency, min(day) AS day, max(day) AS last_day FROM warehouse.fact_refund_lines GROUP BY 1, 2, 3)"
    " SELECT count(*) OVER (), format('shop %s, order %s, refund %s: its lines do not hold what it states', d.shop_id, order_id, refund_id)"
    " FROM stated s FULL JOIN held h USING (shop_key, order_id, refund_id) LEFT JOIN warehouse.dim_shop d USING (shop_key)"
    " WHERE s IS NULL OR (h IS NOT NULL AND (s.order_key IS NULL OR h.day <> s.day OR h.last_day <> s.day))"
    " OR (s.order_key IS NOT NULL AND NOT coalesce(h.foreign_currency, false) AND"
    " (coalesce(h.amount, 0), coalesce(h.tax, 0), coalesce(h.shipping, 0), coalesce(h.discrepancy, 0), coalesce(h.case_fee, 0))"
    " IS DISTINCT FROM CASE WHEN s.voided THEN (0::numeric, 0::numeric, 0::numeric, 0::numeric, s.case_fee)"
    " ELSE (s.amount, s.tax, s.shipping, s.discrepancy, s.case_fee) END) LIMIT 10"};

/* Parked means that the order is not there, and booked is as the order says. */
static const struct pg_statement astray = {
    "verify_refund_orders",
    "SELECT count(*) OVER (), text FROM ("
    " SELECT format('shop %s, order %s, refund %s: parked, or not, against what fact_orders holds', d.shop_id, r.order_id, r.refund_id)"
    " AS text FROM warehouse.fact_refunds r LEFT JOIN warehouse.fact_orders o ON o.shop_key = r.shop_key AND o.order_id = r.order_id"
    " LEFT JOIN warehouse.dim_shop d ON d.shop_key = r.shop_key WHERE r.order_key IS DISTINCT FROM o.order_key"
    " UNION ALL SELECT format('shop %s, order %s, refund %s: booked or order_day is not that of its order', d.shop_id, f.order_id,"
    " f.refund_id) FROM warehouse.fact_refund_lines f LEFT JOIN warehouse.fact_orders o ON o.shop_key = f.shop_key"
    " AND o.order_id = f.order_id LEFT JOIN warehouse.dim_shop d ON d.shop_key = f.shop_key"
    " WHERE (f.booked, f.order_day) IS DISTINCT FROM (o.booked, o.day)) AS found LIMIT 10"};

struct refund_check {
    struct verifier *verifier;
    struct row_stream rows;
    struct arena arena;
    bool more;
};

static bool next(struct refund_check *check, struct pg_failure *failure)
{
    return row_stream_next(&check->rows, check->verifier->link, &check->more, failure);
}

static bool is_same(const struct refund_check *check, struct text shop_id, const struct refund *refund)
{
    const struct text ids[] = {shop_id, refund->order_id, refund->refund_id};
    for (int c = 0; c < 3; c++) {
        struct text held = get_text(check->rows.rows, check->rows.row, c);
        if (held.len != ids[c].len || (held.len && memcmp(held.ptr, ids[c].ptr, held.len) != 0))
            return false;
    }
    return true;
}

static bool check_refund(struct refund_check *check, struct pg_failure *failure)
{
    struct stored_refund stored;
    const struct refund *refund = &stored.refund;
    arena_reset(&check->arena, SIZE_MAX);
    struct text shop_id = get_kept_text(check->rows.rows, check->rows.row, 0, &check->arena);
    refund_read_head(check->rows.rows, check->rows.row, &check->arena, &stored);
    do {
        refund_read_line(check->rows.rows, check->rows.row, &check->arena, &stored);
        if (!next(check, failure))
            return false;
    } while (check->more && is_same(check, shop_id, refund));
    check->verifier->counts[VERIFY_REFUNDS].rows++;
    if (refund_columns_hash(&stored.fact) != stored.row_hash)
        verify_difference(check->verifier, VERIFY_REFUNDS, "shop %.*s, order %.*s, refund %.*s: the row is not the one that was written",
                          (int)shop_id.len, shop_id.ptr, (int)refund->order_id.len, refund->order_id.ptr,
                          (int)refund->refund_id.len, refund->refund_id.ptr);
    return true;
}

static bool adds_up(const struct refund_effect *effect)
{
    __int128 net = (__int128)effect->gross_minor - effect->seller_discount_minor - effect->affiliate_commission_minor -
                   effect->fees_returned_minor + effect->admin_fee_minor + effect->case_fee_minor + effect->discrepancy_minor +
                   effect->fx_minor;
    return net == effect->net_minor;
}

static void check_line(struct verifier *verifier, const PGresult *rows, int i)
{
    struct refund_effect effect = {0};
    struct refund_line_row row;
    effect_read_row(rows, i, &row, &effect);
    bool written = refund_line_hash(&row) == (uint64_t)get_int8(rows, i, EFFECT_COLUMN_ROW_HASH);
    const char *what = !written ? "the row is not the one that was written" : !adds_up(&effect) ? "its parts are not its net" : NULL;
    verifier->counts[VERIFY_REFUND_LINES].rows++;
    if (what)
        verify_difference(verifier, VERIFY_REFUND_LINES, "shop %s, order %s, refund %s, line %d: %s", PQgetvalue(rows, i, 0),
                          PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2), effect.line_no, what);
}

static bool check_all(struct verifier *verifier, struct pg_failure *failure)
{
    struct refund_check check = {.verifier = verifier};
    arena_init(&check.arena);
    bool done = row_stream_begin(&check.rows, verifier->link, declare_refunds, &fetch_refunds, failure) && next(&check, failure);
    while (done && check.more)
        done = check_refund(&check, failure);
    row_stream_done(&check.rows);
    done = done && row_stream_begin(&check.rows, verifier->link, declare_lines, &fetch_lines, failure);
    while ((done = done && next(&check, failure)) && check.more)
        check_line(verifier, check.rows.rows, check.rows.row);
    row_stream_done(&check.rows);
    arena_done(&check.arena);
    return done;
}

bool verify_refunds(struct verifier *verifier, struct pg_failure *failure)
{
    return check_all(verifier, failure) && verify_query(verifier, VERIFY_REFUND_LINES, &unbalanced, failure) &&
           verify_query(verifier, VERIFY_REFUNDS, &astray, failure);
}
