/*
 * Refunds and what they take back: rows hashed anew, money that adds up, and nothing of a refund lost on the way to its lines.
 */
#include "postgres/verify.h"

#include "common/arena.h"
#include "core/refund_fact.h"

static const char declare_refunds[] =
    "DECLARE refund_rows NO SCROLL CURSOR FOR SELECT s.shop_id, r.order_id, r.refund_id, r.day, r.revision, r.occurred_at,"
    " r.content_hash, r.row_hash, r.shipping_refund_minor, r.discrepancy_minor, r.amount_scale, r.flags, r.event_id, r.currency,"
    " r.initiator, r.case_fee_minor, r.reason, l.line_id, l.quantity, l.amount_minor, l.tax_minor, l.restocked"
    " FROM warehouse.fact_refunds r LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " LEFT JOIN LATERAL unnest(r.line_ids, r.quantities, r.amounts_minor, r.taxes_minor, r.restocked) WITH ORDINALITY"
    " AS l(line_id, quantity, amount_minor, tax_minor, restocked, n) ON true"
    " ORDER BY r.shop_key, r.order_id, r.refund_id, l.n";
static const struct pg_statement fetch_refunds = {"fetch_refunds", "FETCH FORWARD 4096 FROM refund_rows"};

static const char declare_lines[] =
    "DECLARE refund_line_rows NO SCROLL CURSOR FOR SELECT s.shop_id, f.order_id, f.refund_id, f.line_no, f.findings, f.amount_scale,"
    " f.day, f.order_day, f.booked, f.restocked, f.quantity, f.gross_minor, f.seller_discount_minor,"
    " f.platform_discount_minor, f.amount_minor, f.tax_minor, f.shipping_minor, f.discrepancy_minor,"
    " f.affiliate_commission_minor, f.fees_returned_minor, f.admin_fee_minor, f.case_fee_minor, f.net_minor, f.row_hash,"
    " f.currency, f.sku FROM warehouse.fact_refund_lines f LEFT JOIN warehouse.dim_shop s USING (shop_key)"
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

static struct text kept(struct refund_check *check, struct text text)
{
    if (text.ptr)
        text.ptr = arena_copy(&check->arena, text.ptr, text.len);
    return text;
}

static uint64_t read_head(struct refund_check *check, struct refund *refund, struct refund_fact *fact)
{
    const PGresult *rows = check->rows.rows;
    int i = check->rows.row, c = 1;
    refund->order_id = kept(check, get_text(rows, i, c++));
    refund->refund_id = kept(check, get_text(rows, i, c++));
    fact->day = get_date(rows, i, c++);
    fact->revision = get_int8(rows, i, c++);
    fact->occurred_at_us = get_time(rows, i, c++);
    fact->content_hash = get_uuid(rows, i, c++);
    uint64_t stored_hash = (uint64_t)get_int8(rows, i, c++);
    refund->shipping_refund_minor = get_int8(rows, i, c++);
    refund->discrepancy_minor = get_int8(rows, i, c++);
    fact->amount_scale = get_int2(rows, i, c++);
    int32_t flags = get_int2(rows, i, c++);
    refund->shipped_before = flags & 1;
    refund->chargeback = flags & 2;
    refund->voided = flags & 4;
    fact->event_id = kept(check, get_text(rows, i, c++));
    fact->currency = kept(check, get_text(rows, i, c++));
    refund->initiator = kept(check, get_text(rows, i, c++));
    refund->case_fee_minor = get_int8_or_absent(rows, i, c++);
    refund->reason = kept(check, get_text(rows, i, c));
    return flags & ~7 ? ~stored_hash : stored_hash;
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

static void add_line(struct refund_check *check, struct refund *refund)
{
    const PGresult *rows = check->rows.rows;
    int i = check->rows.row;
    if (PQgetisnull(rows, i, 17))
        return;
    uint32_t count = refund->line_count;
    if ((count & (count - 1)) == 0) { /* room doubles at every power of two */
        struct refund_line *larger = arena_alloc(&check->arena, (count ? 2 * (size_t)count : 1) * sizeof *larger);
        if (count)
            memcpy(larger, refund->lines, count * sizeof *larger);
        refund->lines = larger;
    }
    refund->lines[refund->line_count++] = (struct refund_line){.line_id = kept(check, get_text(rows, i, 17)),
                                                               .quantity = get_int8(rows, i, 18),
                                                               .amount_minor = get_int8(rows, i, 19),
                                                               .tax_minor = get_int8(rows, i, 20),
                                                               .restocked = get_bool(rows, i, 21)};
}

static bool check_refund(struct refund_check *check, struct pg_failure *failure)
{
    struct refund refund = {0};
    struct refund_fact fact = {.refund = &refund};
    arena_reset(&check->arena, SIZE_MAX);
    struct text shop_id = kept(check, get_text(check->rows.rows, check->rows.row, 0));
    uint64_t stored_hash = read_head(check, &refund, &fact);
    do {
        add_line(check, &refund);
        if (!next(check, failure))
            return false;
    } while (check->more && is_same(check, shop_id, &refund));
    check->verifier->counts[VERIFY_REFUNDS].rows++;
    if (refund_columns_hash(&fact) != stored_hash)
        verify_difference(check->verifier, VERIFY_REFUNDS, "shop %.*s, order %.*s, refund %.*s: the row is not the one that was written",
                          (int)shop_id.len, shop_id.ptr, (int)refund.order_id.len, refund.order_id.ptr, (int)refund.refund_id.len,
                          refund.refund_id.ptr);
    return true;
}

static void read_effect(const PGresult *rows, int i, struct refund_line_row *row, struct refund_effect *effect)
{
    int c = 1;
    row->order_id = get_text(rows, i, c++);
    row->refund_id = get_text(rows, i, c++);
    effect->line_no = get_int2(rows, i, c++);
    effect->findings = (unsigned)get_int2(rows, i, c++);
    row->amount_scale = get_int2(rows, i, c++);
    row->day = get_date(rows, i, c++);
    row->order_day = get_date(rows, i, c++);
    row->booked = get_bool(rows, i, c++);
    effect->restocked = get_bool(rows, i, c++);
    effect->quantity = get_int8(rows, i, c++);
    int64_t *const amounts[] = {&effect->gross_minor,     &effect->seller_discount_minor, &effect->platform_discount_minor,
                                &effect->amount_minor,    &effect->tax_minor,             &effect->shipping_minor,
                                &effect->discrepancy_minor, &effect->affiliate_commission_minor, &effect->fees_returned_minor,
                                &effect->admin_fee_minor, &effect->case_fee_minor,        &effect->net_minor};
    for (size_t n = 0; n < sizeof amounts / sizeof *amounts; n++)
        *amounts[n] = get_int8(rows, i, c++);
    row->currency = get_text(rows, i, c + 1);
    effect->sku = get_text(rows, i, c + 2);
    row->effect = effect;
}

static bool adds_up(const struct refund_effect *effect)
{
    __int128 net = (__int128)effect->gross_minor - effect->seller_discount_minor - effect->affiliate_commission_minor -
                   effect->fees_returned_minor + effect->admin_fee_minor + effect->case_fee_minor + effect->discrepancy_minor;
    return net == effect->net_minor;
}

static void check_line(struct verifier *verifier, const PGresult *rows, int i)
{
    struct refund_effect effect = {0};
    struct refund_line_row row;
    read_effect(rows, i, &row, &effect);
    const char *what = refund_line_hash(&row) != (uint64_t)get_int8(rows, i, 23) ? "the row is not the one that was written"
                       : !adds_up(&effect)                                       ? "its parts are not its net"
                                                                                 : NULL;
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
