#include "core/fee_work.h"

#include <stdlib.h>
#include <string.h>

struct ranked_text {
    struct text text;
    uint32_t index;
};

/* Equal texts, which ids are not but SKUs are, stay in the order of their indexes. */
static int compare_ranked(const void *a, const void *b)
{
    const struct ranked_text *left = a, *right = b;
    int order = text_compare(left->text, right->text);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static void rank_many(struct fee_work *work)
{
    struct ranked_text *ids = work->alloc(work->alloc_ctx, work->line_count * sizeof *ids);
    for (uint32_t i = 0; i < work->line_count; i++)
        ids[i] = (struct ranked_text){work->order->lines[i].line_id, i};
    qsort(ids, work->line_count, sizeof *ids, compare_ranked);
    for (uint32_t i = 0; i < work->line_count; i++)
        work->line_at[i] = ids[i].index;
}

static void rank_few(struct fee_work *work)
{
    const struct order_line *lines = work->order->lines;
    for (uint32_t i = 0; i < work->line_count; i++) {
        uint32_t rank = i;
        for (; rank > 0 && text_compare(lines[i].line_id, lines[work->line_at[rank - 1]].line_id) < 0;
             rank--)
            work->line_at[rank] = work->line_at[rank - 1];
        work->line_at[rank] = i;
    }
}

static struct text sku_at(const struct fee_work *work, uint32_t rank)
{
    return work->order->lines[work->line_at[rank]].platform_sku;
}

bool fee_work_same_sku(const struct fee_work *work, uint32_t a, uint32_t b)
{
    return text_compare(sku_at(work, a), sku_at(work, b)) == 0;
}

static void group_many(struct fee_work *work)
{
    struct ranked_text *skus = work->alloc(work->alloc_ctx, work->line_count * sizeof *skus);
    for (uint32_t rank = 0; rank < work->line_count; rank++)
        skus[rank] = (struct ranked_text){sku_at(work, rank), rank};
    qsort(skus, work->line_count, sizeof *skus, compare_ranked);
    for (uint32_t i = 0; i < work->line_count; i++)
        work->by_sku[i] = skus[i].index;
}

void fee_work_group(struct fee_work *work)
{
    if (work->is_grouped)
        return;
    work->is_grouped = true;
    if (work->line_count > FEE_STACK_LINES) {
        group_many(work);
        return;
    }
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        uint32_t at = rank;
        for (; at > 0 && text_compare(sku_at(work, rank), sku_at(work, work->by_sku[at - 1])) < 0; at--)
            work->by_sku[at] = work->by_sku[at - 1];
        work->by_sku[at] = rank;
    }
}

static void place_large(struct fee_work *work)
{
    size_t count = work->line_count;
    work->goods = work->alloc(work->alloc_ctx, (6 + work->schedule->slot_count) * count * sizeof *work->goods);
    work->shipping = work->goods + count;
    work->parts = work->shipping + count;
    work->split = work->parts + count;
    work->weights = work->split + count;
    work->group = work->weights + count;
    work->kept = work->group + count;
    work->line_at = work->alloc(work->alloc_ctx, 3 * count * sizeof *work->line_at);
    work->scratch = work->line_at + count;
    work->by_sku = work->scratch + count;
}

static void place(struct fee_work *work, struct fee_room *room)
{
    if (work->line_count > FEE_STACK_LINES) {
        place_large(work);
        return;
    }
    work->line_at = room->line_at;
    work->scratch = room->scratch;
    work->by_sku = room->by_sku;
    work->goods = room->goods;
    work->shipping = room->shipping;
    work->parts = room->parts;
    work->split = room->split;
    work->weights = room->weights;
    work->group = room->group;
    work->kept = room->kept;
}

static void zero_fees(struct fee_work *work)
{
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        struct line_fact *line = &work->lines[work->line_at[rank]];
        line->shipping_share_minor = work->shipping[rank];
        line->platform_fee_minor = 0;
        line->payment_fee_minor = 0;
        line->affiliate_commission_minor = 0;
        line->other_fees_minor = 0;
        line->fee_returnable_minor = 0;
    }
    if (work->schedule->slot_count)
        memset(work->kept, 0, work->schedule->slot_count * work->line_count * sizeof *work->kept);
}

void fee_work_begin(struct fee_work *work, struct fee_room *room)
{
    place(work, room);
    if (work->line_count > FEE_STACK_LINES)
        rank_many(work);
    else
        rank_few(work);
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        uint32_t at = work->line_at[rank];
        work->goods[rank] = work->lines[at].gross_minor - work->order->lines[at].seller_discount_minor;
    }
    fee_work_spread(work, work->order->shipping_paid_minor, work->goods, work->shipping);
    zero_fees(work);
}

/* A charge with its parts in place; NULL where there is no room. */
static struct fee_charge *next_charge(struct fee_trace *trace, uint32_t line_count)
{
    if (trace->charge_count == trace->charge_room || trace->part_room - trace->part_count < line_count) {
        trace->missed++;
        return NULL;
    }
    struct fee_charge *charge = &trace->charges[trace->charge_count++];
    charge->parts = &trace->parts[trace->part_count];
    trace->part_count += line_count;
    return charge;
}

void fee_work_note(const struct fee_work *work, const struct fee_charge *made, struct fee_trace *trace)
{
    struct fee_charge *charge = next_charge(trace, work->line_count);
    if (!charge)
        return;
    struct fee_part *parts = charge->parts;
    *charge = *made;
    charge->parts = parts;
    for (uint32_t rank = 0; rank < work->line_count; rank++)
        parts[work->line_at[rank]] = (struct fee_part){work->parts[rank], work->split[rank]};
}
