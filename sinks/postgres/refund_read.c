#include "postgres/refund_read.h"

#define LINE_COLUMN (17 + PRESENTMENT_COLUMNS)

void refund_read_head(const PGresult *rows, int i, struct arena *arena, struct stored_refund *ret_stored)
{
    struct refund *refund = &ret_stored->refund;
    struct refund_fact *fact = &ret_stored->fact;
    int c = 1;
    *ret_stored = (struct stored_refund){.fact = {.refund = refund}};
    refund->order_id = get_kept_text(rows, i, c++, arena);
    refund->refund_id = get_kept_text(rows, i, c++, arena);
    fact->day = get_date(rows, i, c++);
    fact->revision = get_int8(rows, i, c++);
    fact->occurred_at_us = get_time(rows, i, c++);
    fact->content_hash = get_uuid(rows, i, c++);
    uint64_t row_hash = (uint64_t)get_int8(rows, i, c++);
    refund->shipping_refund_minor = get_int8(rows, i, c++);
    refund->discrepancy_minor = get_int8(rows, i, c++);
    fact->amount_scale = get_int2(rows, i, c++);
    int32_t flags = get_int2(rows, i, c++);
    refund->shipped_before = flags & 1;
    refund->chargeback = flags & 2;
    refund->voided = flags & 4;
    fact->event_id = get_kept_text(rows, i, c++, arena);
    fact->currency = get_kept_text(rows, i, c++, arena);
    refund->initiator = get_kept_text(rows, i, c++, arena);
    refund->case_fee_minor = get_int8_or_absent(rows, i, c++);
    refund->reason = get_kept_text(rows, i, c++, arena);
    presentment_read(rows, i, c, &refund->presentment);
    refund->presentment.currency = get_kept_text(rows, i, c, arena);
    ret_stored->row_hash = flags & ~7 ? ~row_hash : row_hash;
}

void refund_read_line(const PGresult *rows, int i, struct arena *arena, struct stored_refund *stored)
{
    struct refund *refund = &stored->refund;
    if (PQgetisnull(rows, i, LINE_COLUMN))
        return;
    uint32_t count = refund->line_count;
    if ((count & (count - 1)) == 0) { /* room doubles at every power of two */
        struct refund_line *larger = arena_alloc(arena, (count ? 2 * (size_t)count : 1) * sizeof *larger);
        if (count)
            memcpy(larger, refund->lines, count * sizeof *larger);
        refund->lines = larger;
    }
    refund->lines[refund->line_count++] = (struct refund_line){.line_id = get_kept_text(rows, i, LINE_COLUMN, arena),
                                                               .quantity = get_int8(rows, i, LINE_COLUMN + 1),
                                                               .amount_minor = get_int8(rows, i, LINE_COLUMN + 2),
                                                               .tax_minor = get_int8(rows, i, LINE_COLUMN + 3),
                                                               .restocked = get_bool(rows, i, LINE_COLUMN + 4)};
}

void effect_read_row(const PGresult *rows, int i, struct refund_line_row *ret_row, struct refund_effect *ret_effect)
{
    int c = 1;
    ret_row->order_id = get_text(rows, i, c++);
    ret_row->refund_id = get_text(rows, i, c++);
    ret_effect->line_no = get_int2(rows, i, c++);
    ret_effect->findings = (unsigned)get_int2(rows, i, c++);
    ret_row->amount_scale = get_int2(rows, i, c++);
    ret_row->day = get_date(rows, i, c++);
    ret_row->order_day = get_date(rows, i, c++);
    ret_row->booked = get_bool(rows, i, c++);
    ret_effect->restocked = get_bool(rows, i, c++);
    ret_effect->quantity = get_int8(rows, i, c++);
    int64_t *const amounts[] = {
        &ret_effect->gross_minor,     &ret_effect->seller_discount_minor, &ret_effect->platform_discount_minor,
        &ret_effect->amount_minor,    &ret_effect->tax_minor,             &ret_effect->shipping_minor,
        &ret_effect->discrepancy_minor, &ret_effect->fx_minor,           &ret_effect->affiliate_commission_minor, &ret_effect->fees_returned_minor,
        &ret_effect->admin_fee_minor, &ret_effect->case_fee_minor,        &ret_effect->net_minor};
    for (size_t n = 0; n < sizeof amounts / sizeof *amounts; n++)
        *amounts[n] = get_int8(rows, i, c++);
    ret_row->currency = get_text(rows, i, c + 1);
    ret_effect->sku = get_text(rows, i, c + 2);
    ret_effect->cost_minor = get_int8_or_absent(rows, i, c + 3);
    ret_row->effect = ret_effect;
}
