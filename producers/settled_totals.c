#include "producers/settled_totals.h"

#include <stdio.h>
#include <string.h>

#define SCRATCH_KEPT_BYTES (1024 * 1024)

void settled_totals_init(struct settled_totals *settled, const struct zone *zone)
{
    arena_init(&settled->scratch);
    settled->policy = (struct shop_policy){.zone = zone};
}

void settled_totals_done(struct settled_totals *settled)
{
    arena_done(&settled->scratch);
}

static void *take(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

enum reason settled_totals_fact(struct settled_totals *settled, const struct event *event, struct settlement_fact *ret_fact)
{
    arena_reset(&settled->scratch, SCRATCH_KEPT_BYTES);
    struct facts facts = {.alloc = take, .alloc_ctx = &settled->scratch};
    struct event *copy = arena_copy(&settled->scratch, event, sizeof *event);
    struct shop *shop = arena_alloc(&settled->scratch, sizeof *shop);
    *shop = (struct shop){.id = event->shop_id, .policy = &settled->policy, .amount_scale = -1};
    return settlement_fact_make(copy, shop, (struct origin){0}, &facts, ret_fact);
}

static bool add(int64_t *sum, int64_t amount)
{
    return !__builtin_add_overflow(*sum, amount, sum);
}

/* The entry of that name, made where it is new; NULL where there is no room for it. */
static struct named_total *total_of(struct named_total *totals, size_t *count, size_t room, struct text name)
{
    for (size_t i = 0; i < *count; i++)
        if (text_same(text_of(totals[i].name), name))
            return &totals[i];
    if (*count == room || name.len >= IMPORT_NAME_BYTES)
        return NULL;
    struct named_total *total = &totals[(*count)++];
    *total = (struct named_total){.class = ""};
    memcpy(total->name, name.ptr, name.len);
    return total;
}

static bool add_to(struct named_total *total, const char *class, int64_t amount_minor)
{
    if (!total)
        return true;
    total->class = class;
    total->count++;
    return add(&total->amount_minor, amount_minor);
}

static const char *class_of(struct text field)
{
    char normal[EVENT_ID_BYTES_MAX];
    const struct settled_field *known = settled_field_find((struct text){normal, settled_normalise(field, normal)});
    return settled_class_name(known ? known->class : SETTLED_UNKNOWN);
}

static bool add_columns(struct import_totals *totals, const struct settlement *settlement)
{
    for (uint32_t i = 0; i < settlement->amount_count; i++) {
        const struct settled_amount *amount = &settlement->amounts[i];
        struct named_total *total = total_of(totals->columns, &totals->column_count, IMPORT_COLUMNS_MAX, amount->field);
        if (!add_to(total, class_of(amount->field), amount->amount_minor))
            return false;
    }
    return true;
}

static bool add_rows(struct import_totals *totals, const struct settlement_fact *fact)
{
    for (uint32_t i = 0; i < fact->row_count; i++)
        if (!add(&totals->settled_rows_minor, fact->rows[i].amount_minor))
            return false;
    return true;
}

bool settled_totals_add(struct settled_totals *settled, const struct event *event, struct import_totals *totals, struct err *err)
{
    const struct settlement *settlement = &event->settlement;
    struct settlement_fact fact;
    enum reason reason = settled_totals_fact(settled, event, &fact);
    if (reason != REASON_NONE)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "settlement \"%.*s\" would be refused: %s",
                       (int)settlement->transaction_id.len, settlement->transaction_id.ptr, reason_name(reason));
    totals->settlements++;
    struct named_total *type = total_of(totals->types, &totals->type_count, IMPORT_TYPES_MAX, settlement->native_type);
    return (add(&totals->settled_minor, fact.total_minor) && add_rows(totals, &fact) && add_columns(totals, settlement) &&
            add_to(type, settled_type_name(fact.type), fact.total_minor)) ||
           err_set(err, ERR_FATAL, EXIT_CODE_DATA, "the total of all settlements does not fit: import the files one by one");
}
