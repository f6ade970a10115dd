/*
 * The sums of a line form a tree (total over sales, fees and shipping; sales over subtotal and refunds). Amounts are laid on
 * the nearest stated sum above them, sums on the one above them, and every stated sum books what it holds beyond what was
 * laid on it.
 */
#include "core/settlement.h"

#include <stdlib.h>
#include <string.h>

#include "core/mix.h"
#include "core/money.h"
#include "core/order_fact.h"
#include "core/zone.h"

/* An amount of the line as it is known here. */
struct reading {
    struct text name;                  /* normalised */
    const struct settled_field *known; /* NULL: unknown */
    int64_t amount_minor;
};

struct sum {
    bool stated, has_parts;
    bool other;            /* which of its two names stands */
    bool named[2];         /* which of them were stated */
    int64_t stated_minor;
    int64_t parts_minor;   /* of what was laid on it */
    int64_t residual_minor;
};

struct statement_line {
    struct settlement_fact *fact;
    struct reading *readings;
    uint32_t reading_count;
    unsigned says;
    bool local;             /* shipping stands beside the fees, sales are net sales */
    struct sum sums[NODE_COUNT];
    int64_t unknown_minor;
    int64_t pass_minor;     /* of the four shipping amounts */
    bool carried;           /* the carrier's is among them */
};

static bool fits(int64_t amount)
{
    return amount >= -AMOUNT_MAX_MINOR && amount <= AMOUNT_MAX_MINOR;
}

/* Sums of bounded amounts, at most EVENT_LINES_MAX of them: they may pass AMOUNT_MAX_MINOR on their way, but not an int64. */
static bool add(int64_t *sum, int64_t amount)
{
    return money_add(*sum, amount, sum);
}

static int compare_readings(const void *a, const void *b)
{
    return text_compare(((const struct reading *)a)->name, ((const struct reading *)b)->name);
}

static int compare_rows(const void *a, const void *b)
{
    return text_compare(((const struct settled_row *)a)->field, ((const struct settled_row *)b)->field);
}

/* United States, United Kingdom, euro zone: as the platform's formula for local sellers there. */
static bool is_local(struct text currency)
{
    static const char codes[] = "USDGBPEUR";
    for (size_t i = 0; i + 3 < sizeof codes; i += 3)
        if (currency.len == 3 && memcmp(currency.ptr, codes + i, 3) == 0)
            return true;
    return false;
}

static bool passes_shipping_through(struct text currency)
{
    static const char codes[] = "IDRVNDTHBMYRSGDPHP";
    for (size_t i = 0; i + 3 < sizeof codes; i += 3)
        if (currency.len == 3 && memcmp(currency.ptr, codes + i, 3) == 0)
            return true;
    return false;
}

static enum reason read_amounts(struct statement_line *line, const struct settlement *settlement, struct facts *facts)
{
    bool counts = false;
    line->reading_count = settlement->amount_count;
    line->readings = facts->alloc(facts->alloc_ctx, (settlement->amount_count + 1) * sizeof *line->readings);
    for (uint32_t i = 0; i < settlement->amount_count; i++) {
        const struct settled_amount *amount = &settlement->amounts[i];
        char *name = facts->alloc(facts->alloc_ctx, amount->field.len + 1);
        struct reading *reading = &line->readings[i];
        reading->name = (struct text){name, settled_normalise(amount->field, name)};
        reading->known = settled_field_find(reading->name);
        reading->amount_minor = amount->amount_minor;
        if (!fits(amount->amount_minor))
            return REASON_AMOUNT_OVERFLOW;
        counts |= !reading->known || reading->known->class != SETTLED_MEMO;
    }
    return counts ? REASON_NONE : REASON_NO_AMOUNTS;
}

static bool names_repeat(const struct statement_line *line)
{
    for (uint32_t i = 1; i < line->reading_count; i++)
        if (compare_readings(&line->readings[i - 1], &line->readings[i]) == 0)
            return true;
    return false;
}

/* Of two names for one sum that which the market uses stands, unless it alone is 0: the API states both, one of them empty. */
static bool prevails(const struct sum *sum, const struct reading *reading, bool wanted)
{
    if (!sum->stated)
        return true;
    bool is_wanted = reading->known->other == wanted;
    if (is_wanted)
        return reading->amount_minor != 0 || sum->stated_minor == 0;
    return reading->amount_minor != 0 && sum->stated_minor == 0;
}

static enum reason state_sum(struct statement_line *line, const struct reading *reading)
{
    const struct settled_field *known = reading->known;
    struct sum *sum = &line->sums[known->node];
    bool wanted = known->node == NODE_SALES ? !line->local : false;
    if (sum->named[known->other])
        return REASON_DUPLICATE_FIELD;
    sum->named[known->other] = true;
    if (prevails(sum, reading, wanted)) {
        sum->stated = true;
        sum->other = known->other;
        sum->stated_minor = reading->amount_minor;
    }
    return REASON_NONE;
}

static enum reason state_sums(struct statement_line *line)
{
    for (uint32_t i = 0; i < line->reading_count; i++) {
        const struct reading *reading = &line->readings[i];
        if (!reading->known)
            continue;
        if (reading->amount_minor || reading->known->says == SAYS_SHIPPING)
            line->says |= reading->known->says;
        if (reading->known->class != SETTLED_PARENT && reading->known->class != SETTLED_TOTAL)
            continue;
        enum reason reason = state_sum(line, reading);
        if (reason != REASON_NONE)
            return reason;
    }
    return REASON_NONE;
}

static enum settled_node above(const struct statement_line *line, enum settled_node node)
{
    const struct sum *shipping = &line->sums[NODE_SHIPPING];
    switch (node) {
    case NODE_SUBTOTAL:
    case NODE_REFUNDED:
        return NODE_SALES;
    case NODE_SHIPPING:
        return line->local || (shipping->stated && !shipping->other && shipping->stated_minor) ? NODE_TOTAL : NODE_FEES;
    case NODE_TOTAL:
    case NODE_SALES:
    case NODE_FEES:
    case NODE_COUNT:
        break;
    }
    return NODE_TOTAL;
}

static enum settled_node stated_from(const struct statement_line *line, enum settled_node node)
{
    while (node != NODE_TOTAL && !line->sums[node].stated)
        node = above(line, node);
    return node;
}

static bool lay(struct statement_line *line, enum settled_node node, int64_t amount)
{
    struct sum *sum = &line->sums[stated_from(line, node)];
    sum->has_parts |= amount != 0;
    return add(&sum->parts_minor, amount);
}

/* What a type is, all of it is: ads that are paid from proceeds are no fee, and a reserve is no profit. */
static enum settled_class class_in(const struct statement_line *line, enum settled_class class)
{
    switch (line->fact->type) {
    case SETTLED_TYPE_ADS_PAYMENT:
        return SETTLED_ADS;
    case SETTLED_TYPE_RESERVE:
    case SETTLED_TYPE_BALANCE:
        return SETTLED_RESERVE;
    case SETTLED_TYPE_REFUND:
        return class == SETTLED_GROSS ? SETTLED_REFUND : class;
    case SETTLED_TYPE_SERVICE:
        return class == SETTLED_ADJUSTMENT ? SETTLED_OTHER_FEE : class;
    case SETTLED_TYPE_TAX:
        return class == SETTLED_ADJUSTMENT ? SETTLED_TAX : class;
    case SETTLED_TYPE_UNKNOWN:
        return class == SETTLED_ADJUSTMENT ? SETTLED_UNKNOWN : class;
    case SETTLED_TYPE_ORDER:
    case SETTLED_TYPE_REIMBURSEMENT:
    case SETTLED_TYPE_CHARGEBACK:
    case SETTLED_TYPE_VIOLATION:
    case SETTLED_TYPE_REBATE:
    case SETTLED_TYPE_ADJUSTMENT:
    case SETTLED_TYPE_COUNT:
        break;
    }
    return class;
}

static void book(struct statement_line *line, struct text field, enum settled_class class, int64_t amount)
{
    struct settlement_fact *fact = line->fact;
    if (amount)
        fact->rows[fact->row_count++] =
            (struct settled_row){.field = field, .class = class_in(line, class), .amount_minor = amount};
}

static bool is_booked(const struct statement_line *line, const struct settled_field *known)
{
    return known->class < SETTLED_PARENT && !(known->yields & line->says);
}

static bool lay_amounts(struct statement_line *line)
{
    for (uint32_t i = 0; i < line->reading_count; i++) {
        const struct reading *reading = &line->readings[i];
        const struct settled_field *known = reading->known;
        if (!known) {
            line->fact->unknown_count += reading->amount_minor != 0;
            book(line, reading->name, SETTLED_UNKNOWN, reading->amount_minor);
            if (!add(&line->unknown_minor, reading->amount_minor))
                return false;
        } else if (is_booked(line, known)) {
            book(line, reading->name, known->class, reading->amount_minor);
            line->carried |= known->carrier && reading->amount_minor;
            if (!lay(line, known->node, reading->amount_minor) ||
                (known->passes && !add(&line->pass_minor, reading->amount_minor)))
                return false;
        }
    }
    return true;
}

/* Deeper sums first: their stated amounts are parts of those above. */
static const enum settled_node upwards[] = {NODE_SUBTOTAL, NODE_REFUNDED, NODE_SHIPPING, NODE_SALES, NODE_FEES};
#define UPWARDS_COUNT (sizeof upwards / sizeof *upwards)

static bool lay_sums(struct statement_line *line)
{
    for (size_t i = 0; i < UPWARDS_COUNT; i++) {
        const struct sum *sum = &line->sums[upwards[i]];
        if (sum->stated && !lay(line, above(line, upwards[i]), sum->stated_minor))
            return false;
    }
    return true;
}

/* Where do amounts without a name belong? To the sum that they complete; else to the fees, which is what platforms add to. */
static bool lay_unknown(struct statement_line *line)
{
    static const enum settled_node places[] = {NODE_TOTAL, NODE_FEES, NODE_SALES, NODE_SHIPPING};
    enum settled_node node = NODE_FEES;
    if (!line->unknown_minor)
        return true;
    for (size_t i = sizeof places / sizeof *places; i-- > 0;) {
        const struct sum *sum = &line->sums[places[i]];
        int64_t missing = 0;
        if (sum->stated && money_subtract(sum->stated_minor, sum->parts_minor, &missing) && missing == line->unknown_minor)
            node = places[i];
    }
    return lay(line, node, line->unknown_minor);
}

/* Orders state all their sums, so that one which is nothing but its total is broken; other types state the total alone. */
static bool is_whole(const struct statement_line *line, enum settled_node node)
{
    if (line->sums[node].has_parts)
        return false;
    bool has_sums = line->sums[NODE_SALES].stated || line->sums[NODE_FEES].stated;
    return node != NODE_TOTAL || line->fact->type != SETTLED_TYPE_ORDER || !has_sums;
}

static enum settled_class residual_class(const struct statement_line *line, enum settled_node node)
{
    switch (node) {
    case NODE_FEES:
        return SETTLED_PLATFORM_FEE; /* South East Asia names neither dynamic commission nor processing fee in its API */
    case NODE_SHIPPING:
        return SETTLED_SHIPPING;
    case NODE_SALES:
    case NODE_SUBTOTAL:
        return is_whole(line, node) ? SETTLED_GROSS : SETTLED_UNKNOWN;
    case NODE_REFUNDED:
        return is_whole(line, node) ? SETTLED_REFUND : SETTLED_UNKNOWN;
    case NODE_TOTAL:
        if (line->fact->type == SETTLED_TYPE_ORDER || line->fact->type == SETTLED_TYPE_REFUND)
            return is_whole(line, node) ? SETTLED_GROSS : SETTLED_UNKNOWN;
        return is_whole(line, node) ? SETTLED_ADJUSTMENT : SETTLED_UNKNOWN;
    case NODE_COUNT:
        break;
    }
    return SETTLED_UNKNOWN;
}

static struct text residual_name(enum settled_node node)
{
    static const struct text names[NODE_COUNT] = {
        [NODE_TOTAL] = {"residual:total", 14},       [NODE_SALES] = {"residual:sales", 14},
        [NODE_SUBTOTAL] = {"residual:subtotal", 17}, [NODE_REFUNDED] = {"residual:refunded", 17},
        [NODE_FEES] = {"residual:fees", 13},         [NODE_SHIPPING] = {"residual:shipping", 17},
    };
    return names[node];
}

static bool book_residual(struct statement_line *line, enum settled_node node)
{
    struct sum *sum = &line->sums[node];
    if (!sum->stated)
        return true;
    if (!money_subtract(sum->stated_minor, sum->parts_minor, &sum->residual_minor) || !fits(sum->residual_minor))
        return false;
    book(line, residual_name(node), residual_class(line, node), sum->residual_minor);
    return true;
}

static bool book_residuals(struct statement_line *line)
{
    for (size_t i = 0; i < UPWARDS_COUNT; i++)
        if (!book_residual(line, upwards[i]))
            return false;
    return book_residual(line, NODE_TOTAL);
}

static int64_t broken(const struct statement_line *line, enum settled_node node)
{
    return is_whole(line, node) ? 0 : line->sums[node].residual_minor;
}

static bool find_breaks(struct statement_line *line)
{
    struct settlement_fact *fact = line->fact;
    fact->total_break_minor = broken(line, NODE_TOTAL);
    fact->sales_break_minor = broken(line, NODE_SALES);
    fact->shipping_break_minor = line->carried && passes_shipping_through(fact->currency) ? line->pass_minor : 0;
    return add(&fact->sales_break_minor, broken(line, NODE_SUBTOTAL)) &&
           add(&fact->sales_break_minor, broken(line, NODE_REFUNDED));
}

static bool take_total(struct statement_line *line)
{
    const struct sum *total = &line->sums[NODE_TOTAL];
    line->fact->total_stated = total->stated;
    line->fact->total_minor = total->stated ? total->stated_minor : total->parts_minor;
    return fits(line->fact->total_minor);
}

static enum settled_type type_of(struct text native_type, struct facts *facts)
{
    char *name = facts->alloc(facts->alloc_ctx, native_type.len + 1);
    return settled_type_find((struct text){name, settled_normalise(native_type, name)});
}

static struct hash128 key_hash(const struct shop *shop, const struct settlement *settlement)
{
    return mix_key(shop->hash, (const struct text[]){settlement->transaction_id, settlement->sku}, 2, 0, 0);
}

static struct settlement_fact head_of(struct event *event, const struct shop *shop, struct origin origin, struct facts *facts)
{
    struct settlement *settlement = &event->settlement;
    int64_t occurred_at_us = event->occurred_at_us == EVENT_ABSENT ? settlement->settled_at_us : event->occurred_at_us;
    enum settled_type type = type_of(settlement->native_type, facts);
    return (struct settlement_fact){
        .shop = shop,
        .settlement = settlement,
        .event_id = event->event_id,
        .currency = event->currency,
        .amount_scale = event->amount_scale,
        .revision = event->revision == EVENT_ABSENT ? occurred_at_us : event->revision,
        .occurred_at_us = occurred_at_us,
        .content_hash = event->content_hash,
        .key_hash = key_hash(shop, settlement),
        .type = type,
        .day = zone_day(shop->policy->zone, settlement->settled_at_us),
        .unknown_count = type == SETTLED_TYPE_UNKNOWN,
        .rows = facts->alloc(facts->alloc_ctx, (settlement->amount_count + NODE_COUNT) * sizeof(struct settled_row)),
        .origin = origin};
}

enum reason settlement_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct facts *facts,
                                 struct settlement_fact *ret_fact)
{
    *ret_fact = head_of(event, shop, origin, facts);
    struct statement_line line = {.fact = ret_fact, .local = is_local(event->currency)};
    enum reason reason = read_amounts(&line, &event->settlement, facts);
    if (reason != REASON_NONE)
        return reason;
    qsort(line.readings, line.reading_count, sizeof *line.readings, compare_readings);
    if (names_repeat(&line))
        return REASON_DUPLICATE_FIELD;
    reason = state_sums(&line);
    if (reason != REASON_NONE)
        return reason;
    if (!lay_amounts(&line) || !lay_sums(&line) || !lay_unknown(&line) || !book_residuals(&line) || !find_breaks(&line) ||
        !take_total(&line))
        return REASON_AMOUNT_OVERFLOW;
    qsort(ret_fact->rows, ret_fact->row_count, sizeof *ret_fact->rows, compare_rows);
    return REASON_NONE;
}
