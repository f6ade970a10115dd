#include "producers/import_totals.h"

#include <stdlib.h>
#include <string.h>

#include "core/mix.h"
#include "core/order_fact.h"
#include "producers/settled_totals.h"

struct seen_event {
    struct hash128 key;
    int64_t revision;
    uint64_t number;
};

static bool add(int64_t *sum, int64_t amount)
{
    return !__builtin_add_overflow(*sum, amount, sum);
}

static bool add_line(struct import_totals *totals, const struct order_line *line)
{
    int64_t gross;
    totals->lines++;
    return !__builtin_mul_overflow(line->quantity, line->unit_list_minor, &gross) && add(&totals->gross_minor, gross) &&
           add(&totals->units, line->quantity) && add(&totals->seller_discount_minor, line->seller_discount_minor) &&
           add(&totals->platform_discount_minor, line->platform_discount_minor);
}

static bool has_actual(const struct order *order)
{
    return order->affiliate.creator.ptr && order->affiliate.actual_commission_minor != EVENT_ABSENT;
}

static void count_order(struct import_totals *totals, const struct order *order)
{
    totals->orders++;
    totals->orders_without_lines += order->line_count == 0;
    totals->by_status[order->status]++;
    totals->samples += order->sample;
    totals->replacements += order->replacement;
    totals->tests += order->test;
    totals->mirrors += order->mirror;
    totals->cod += order->cod;
    totals->affiliates += order->affiliate.creator.ptr != NULL;
    totals->actual_commissions += has_actual(order);
}

static bool add_order(struct import_totals *totals, const struct order *order)
{
    count_order(totals, order);
    for (uint32_t i = 0; i < order->line_count; i++)
        if (!add_line(totals, &order->lines[i]))
            return false;
    if (has_actual(order) && !add(&totals->actual_commission_minor, order->affiliate.actual_commission_minor))
        return false;
    return add(&totals->shipping_minor, order->shipping_paid_minor) && add(&totals->buyer_fees_minor, order->buyer_fees_minor) &&
           add(&totals->payment_platform_discount_minor, order->payment_platform_discount_minor) &&
           add(&totals->tax_minor, order->tax_minor) && add(&totals->customer_total_minor, order->customer_total_minor);
}

static bool within(int64_t amount_minor)
{
    return amount_minor >= -AMOUNT_MAX_MINOR && amount_minor <= AMOUNT_MAX_MINOR;
}

static bool line_is_possible(const struct order_line *line)
{
    int64_t gross;
    return within(line->unit_list_minor) && !__builtin_mul_overflow(line->quantity, line->unit_list_minor, &gross) && within(gross) &&
           within(line->quantity) && llabs(line->quantity) <= QUANTITY_MAX && within(line->tax_minor);
}

/* What the engine would refuse as an overflow must not be sent at all. */
static bool check_limits(const struct event *event, struct err *err)
{
    const struct order *order = &event->order;
    bool possible = within(order->customer_total_minor) && within(order->shipping_list_minor) && within(order->shipping_paid_minor) &&
                    within(order->shipping_seller_discount_minor) && within(order->shipping_platform_discount_minor) &&
                    within(order->payment_platform_discount_minor) && within(order->buyer_fees_minor) && within(order->tax_minor);
    for (uint32_t i = 0; possible && i < order->line_count; i++)
        possible = line_is_possible(&order->lines[i]);
    return possible || err_set(err, ERR_FATAL, EXIT_CODE_DATA, "order \"%.*s\" has an amount or quantity beyond all reason",
                               (int)order->order_id.len, order->order_id.ptr);
}

static bool add_refund(struct import_totals *totals, const struct refund *refund)
{
    int64_t goods = 0, tax = 0;
    totals->refunds++;
    for (uint32_t i = 0; i < refund->line_count; i++)
        if (!add(&goods, refund->lines[i].amount_minor) || !add(&tax, refund->lines[i].tax_minor))
            return false;
    if (!within(goods) || !within(tax) || !add(&totals->refund_goods_minor, goods) || !add(&totals->refund_tax_minor, tax))
        return false;
    return add(&totals->refund_shipping_minor, refund->shipping_refund_minor) &&
           add(&totals->refund_discrepancy_minor, refund->discrepancy_minor);
}

/* Who an event is about: kind and id of what it tells, and for messages the latter. */
static struct text entity_of(const struct event *event)
{
    return event->kind == EVENT_ORDER     ? event->order.order_id
           : event->kind == EVENT_REFUND ? event->refund.refund_id
                                         : event->settlement.transaction_id;
}

static bool check_currency(struct import_totals *totals, const struct event *event, struct err *err)
{
    struct text entity = entity_of(event);
    if (!totals->currency[0]) {
        memcpy(totals->currency, event->currency.ptr, 3);
        totals->amount_scale = event->amount_scale;
    }
    return (memcmp(totals->currency, event->currency.ptr, 3) == 0 && totals->amount_scale == event->amount_scale) ||
           err_set(err, ERR_FATAL, EXIT_CODE_DATA, "\"%.*s\" is in %.3s, others are in %s: a shop books in one currency", (int)entity.len,
                   entity.ptr, event->currency.ptr, totals->currency);
}

static bool add_event(struct import_totals *totals, const struct event *event, struct settled_totals *settled, struct err *err)
{
    if (!check_currency(totals, event, err))
        return false;
    if (event->kind == EVENT_SETTLEMENT)
        return settled_totals_add(settled, event, totals, err);
    if (event->kind == EVENT_ORDER && !check_limits(event, err))
        return false;
    return (event->kind == EVENT_ORDER ? add_order(totals, &event->order) : add_refund(totals, &event->refund)) ||
           err_set(err, ERR_FATAL, EXIT_CODE_DATA, "the total of all events does not fit: import the files one by one");
}

/* By key; the last of a key is the one that stands: the highest revision, of equal ones the later. */
static int compare_seen(const void *a, const void *b)
{
    const struct seen_event *left = a, *right = b;
    if (left->key.hi != right->key.hi)
        return left->key.hi < right->key.hi ? -1 : 1;
    if (left->key.lo != right->key.lo)
        return left->key.lo < right->key.lo ? -1 : 1;
    if (left->revision != right->revision)
        return left->revision < right->revision ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

static bool same_entity(const struct seen_event *a, const struct seen_event *b)
{
    return a->key.hi == b->key.hi && a->key.lo == b->key.lo;
}

static uint64_t hash_entity(const struct event *event, uint64_t seed)
{
    struct mix mix;
    mix_init(&mix, seed);
    mix_two(&mix, (uint64_t)event->kind, 0);
    mix_text(&mix, entity_of(event));
    mix_text(&mix, event->kind == EVENT_SETTLEMENT ? event->settlement.sku : (struct text){NULL, 0});
    return mix_end(&mix);
}

static struct seen_event see(const struct import_format *format, void *import, uint64_t number)
{
    const struct event *event = format->event(import, number);
    return (struct seen_event){{.lo = hash_entity(event, 0), .hi = hash_entity(event, 1)}, event->revision, number};
}

static void count_repeated(struct import_totals *totals, const struct event *event)
{
    totals->repeated_orders += event->kind == EVENT_ORDER;
    totals->repeated_refunds += event->kind == EVENT_REFUND;
    totals->repeated_settlements += event->kind == EVENT_SETTLEMENT;
}

/* Back into the order of the import, so that what is listed is in the order of the files. */
static int compare_numbers(const void *a, const void *b)
{
    const struct seen_event *left = a, *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* Keeps those that stand, in the order of the import; returns their number. */
static uint64_t keep_last(const struct import_format *format, void *import, struct seen_event *seen, uint64_t count,
                          struct import_totals *totals)
{
    uint64_t kept = 0;
    qsort(seen, count, sizeof *seen, compare_seen);
    for (uint64_t i = 0; i < count; i++) {
        if (i + 1 < count && same_entity(&seen[i], &seen[i + 1]))
            count_repeated(totals, format->event(import, seen[i].number));
        else
            seen[kept++] = seen[i];
    }
    qsort(seen, kept, sizeof *seen, compare_numbers);
    return kept;
}

bool import_totals_make(const struct import_format *format, void *import, const struct zone *zone, struct import_totals *ret_totals,
                        struct err *err)
{
    uint64_t count = format->count(import);
    struct seen_event *seen = malloc((count + 1) * sizeof *seen);
    struct settled_totals settled;
    if (!seen)
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    *ret_totals = (struct import_totals){0};
    for (uint64_t i = 0; i < count; i++)
        seen[i] = see(format, import, i);
    count = keep_last(format, import, seen, count, ret_totals);
    settled_totals_init(&settled, zone);
    bool good = true;
    for (uint64_t i = 0; good && i < count; i++)
        good = add_event(ret_totals, format->event(import, seen[i].number), &settled, err);
    settled_totals_done(&settled);
    free(seen);
    return good;
}
