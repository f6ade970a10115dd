/*
 * Two tables with open addressing. The aggregates of a batch have few days but nearly as many products as lines, so the
 * product table is what counts: one look-up per line, no copy of the SKU.
 */
#include "core/rollup.h"

#include <stdlib.h>
#include <string.h>

#include "core/mix.h"

#define ROOM_MIN 256

struct index {
    uint32_t *slots; /* row number + 1; 0: free */
    size_t room;     /* a power of two */
};

struct rollup {
    struct index daily_index, product_index;
    struct daily_delta *daily;
    struct product_delta *products;
    size_t daily_count, daily_room, product_count, product_room;
    struct daily_delta *last; /* lines of an order and orders of a shop come together */
};

static void *sized(void *memory, size_t bytes)
{
    memory = realloc(memory, bytes);
    if (!memory)
        abort();
    return memory;
}

struct rollup *rollup_new(void)
{
    struct rollup *rollup = sized(NULL, sizeof *rollup);
    memset(rollup, 0, sizeof *rollup);
    return rollup;
}

void rollup_free(struct rollup *rollup)
{
    if (!rollup)
        return;
    free(rollup->daily_index.slots);
    free(rollup->product_index.slots);
    free(rollup->daily);
    free(rollup->products);
    free(rollup);
}

static void index_clear(struct index *index)
{
    if (index->room)
        memset(index->slots, 0, index->room * sizeof *index->slots);
}

void rollup_reset(struct rollup *rollup)
{
    index_clear(&rollup->daily_index);
    index_clear(&rollup->product_index);
    rollup->daily_count = rollup->product_count = 0;
    rollup->last = NULL;
}

static uint64_t daily_hash(const struct rollup_key *key)
{
    uint32_t currency;
    memcpy(&currency, key->currency, sizeof currency);
    return mix_fold((uint64_t)(uint32_t)key->shop_key << 32 | (uint32_t)key->day,
                    UINT64_C(0x9e3779b97f4a7c15) ^ currency ^ (uint64_t)(uint32_t)key->amount_scale << 32);
}

static uint64_t product_hash(int32_t shop_key, int32_t day, uint64_t sku_hash)
{
    return mix_fold(sku_hash ^ ((uint64_t)(uint32_t)shop_key << 32 | (uint32_t)day), UINT64_C(0xd6e8feb86659fd93));
}

/* Makes room for one more row and its slot; rehash puts a row of the old index into the new one. */
static void index_grow(struct index *index)
{
    index->room = index->room ? index->room * 2 : 2 * ROOM_MIN;
    index->slots = sized(index->slots, index->room * sizeof *index->slots);
    index_clear(index);
}

static void index_put(struct index *index, uint64_t hash, size_t row)
{
    size_t at = hash & (index->room - 1);
    while (index->slots[at])
        at = (at + 1) & (index->room - 1);
    index->slots[at] = (uint32_t)row + 1;
}

static bool keys_equal(const struct rollup_key *a, const struct rollup_key *b)
{
    return a->shop_key == b->shop_key && a->day == b->day && a->amount_scale == b->amount_scale &&
           memcmp(a->currency, b->currency, sizeof a->currency) == 0;
}

static struct daily_delta *daily_new(struct rollup *rollup, const struct rollup_key *key, uint64_t hash)
{
    if (rollup->daily_count == rollup->daily_room) {
        rollup->daily_room = rollup->daily_room ? rollup->daily_room * 2 : ROOM_MIN;
        rollup->daily = sized(rollup->daily, rollup->daily_room * sizeof *rollup->daily);
    }
    if (rollup->daily_count * 2 >= rollup->daily_index.room) {
        index_grow(&rollup->daily_index);
        for (size_t i = 0; i < rollup->daily_count; i++)
            index_put(&rollup->daily_index, daily_hash(&rollup->daily[i].key), i);
    }
    index_put(&rollup->daily_index, hash, rollup->daily_count);
    struct daily_delta *row = &rollup->daily[rollup->daily_count++];
    *row = (struct daily_delta){.key = *key};
    return row;
}

static struct daily_delta *daily_of(struct rollup *rollup, const struct rollup_key *key)
{
    if (rollup->last && keys_equal(&rollup->last->key, key))
        return rollup->last;
    const struct index *index = &rollup->daily_index;
    uint64_t hash = daily_hash(key);
    for (size_t at = hash & (index->room - 1); index->room && index->slots[at]; at = (at + 1) & (index->room - 1)) {
        struct daily_delta *row = &rollup->daily[index->slots[at] - 1];
        if (keys_equal(&row->key, key))
            return rollup->last = row;
    }
    return rollup->last = daily_new(rollup, key, hash);
}

static struct product_delta *product_new(struct rollup *rollup, const struct rollup_key *key,
                                         const struct line_fact *line, uint64_t hash)
{
    if (rollup->product_count == rollup->product_room) {
        rollup->product_room = rollup->product_room ? rollup->product_room * 2 : ROOM_MIN;
        rollup->products = sized(rollup->products, rollup->product_room * sizeof *rollup->products);
    }
    if (rollup->product_count * 2 >= rollup->product_index.room) {
        index_grow(&rollup->product_index);
        for (size_t i = 0; i < rollup->product_count; i++) {
            const struct product_delta *row = &rollup->products[i];
            index_put(&rollup->product_index, product_hash(row->shop_key, row->day, row->sku_hash), i);
        }
    }
    index_put(&rollup->product_index, hash, rollup->product_count);
    struct product_delta *row = &rollup->products[rollup->product_count++];
    *row = (struct product_delta){
        .shop_key = key->shop_key, .day = key->day, .sku_hash = line->sku_hash, .sku = line->sku};
    return row;
}

static bool is_product(const struct product_delta *row, const struct rollup_key *key, const struct line_fact *line)
{
    return row->sku_hash == line->sku_hash && row->shop_key == key->shop_key && row->day == key->day &&
           row->sku.len == line->sku.len && memcmp(row->sku.ptr, line->sku.ptr, line->sku.len) == 0;
}

static struct product_delta *product_of(struct rollup *rollup, const struct rollup_key *key,
                                        const struct line_fact *line)
{
    const struct index *index = &rollup->product_index;
    uint64_t hash = product_hash(key->shop_key, key->day, line->sku_hash);
    for (size_t at = hash & (index->room - 1); index->room && index->slots[at]; at = (at + 1) & (index->room - 1)) {
        struct product_delta *row = &rollup->products[index->slots[at] - 1];
        if (is_product(row, key, line))
            return row;
    }
    return product_new(rollup, key, line, hash);
}

static bool add_signed(int64_t *sum, int64_t part, int sign)
{
    return sign > 0 ? !__builtin_add_overflow(*sum, part, sum) : !__builtin_sub_overflow(*sum, part, sum);
}

static bool add_sums(int64_t *sums, const int64_t *parts, int sign)
{
    bool fits = true;
    for (int i = 0; i < ROLLUP_SUM_COUNT; i++)
        fits &= add_signed(&sums[i], parts[i], sign);
    return fits;
}

bool rollup_add_order(struct rollup *rollup, const struct rollup_key *key, int sign)
{
    return add_signed(&daily_of(rollup, key)->orders, 1, sign);
}

bool rollup_add_line(struct rollup *rollup, const struct rollup_key *key, const struct line_fact *line, int64_t cost_minor, int sign)
{
    bool known = cost_minor != EVENT_ABSENT;
    const int64_t parts[ROLLUP_SUM_COUNT] = {
        [SUM_LINES] = 1,
        [SUM_UNITS] = line->quantity,
        [SUM_GROSS] = line->gross_minor,
        [SUM_SELLER_DISCOUNT] = line->seller_discount_minor,
        [SUM_PLATFORM_DISCOUNT] = line->platform_discount_minor,
        [SUM_SHIPPING_SHARE] = line->shipping_share_minor,
        [SUM_PLATFORM_FEE] = line->platform_fee_minor,
        [SUM_PAYMENT_FEE] = line->payment_fee_minor,
        [SUM_AFFILIATE_COMMISSION] = line->affiliate_commission_minor,
        [SUM_OTHER_FEES] = line->other_fees_minor,
        [SUM_NET] = line->net_minor,
        [SUM_COST] = known ? cost_minor : 0,
        [SUM_COST_LINES] = known,
    };
    return add_sums(daily_of(rollup, key)->sums, parts, sign) &&
           add_sums(product_of(rollup, key, line)->sums, parts, sign);
}

bool rollup_add_cost(struct rollup *rollup, const struct rollup_key *key, struct text sku, uint64_t sku_hash, int64_t cost_minor,
                     int64_t lines)
{
    const struct line_fact line = {.sku = sku, .sku_hash = sku_hash};
    const int64_t parts[ROLLUP_SUM_COUNT] = {[SUM_COST] = cost_minor, [SUM_COST_LINES] = lines};
    return add_sums(daily_of(rollup, key)->sums, parts, 1) && add_sums(product_of(rollup, key, &line)->sums, parts, 1);
}

bool rollup_add_ad_spend(struct rollup *rollup, const struct rollup_key *key, int64_t spend_minor, int sign)
{
    struct daily_delta *row = daily_of(rollup, key);
    return add_signed(&row->ad_spend_minor, spend_minor, sign) && add_signed(&row->ad_spend_rows, 1, sign);
}

bool rollup_add_refund(struct rollup *rollup, const struct rollup_key *key, const struct refund_effect *effect, int sign)
{
    const int64_t parts[ROLLUP_REFUND_SUM_COUNT] = {
        [REFUND_SUM_LINES] = 1,
        [REFUND_SUM_UNITS] = effect->quantity,
        [REFUND_SUM_NET_SALES] = effect->gross_minor - effect->seller_discount_minor,
        [REFUND_SUM_GROSS] = effect->gross_minor,
        [REFUND_SUM_SELLER_DISCOUNT] = effect->seller_discount_minor,
        [REFUND_SUM_SHIPPING] = effect->shipping_minor,
        [REFUND_SUM_DISCREPANCY] = effect->discrepancy_minor,
        [REFUND_SUM_FX] = effect->fx_minor,
        [REFUND_SUM_AFFILIATE_COMMISSION] = effect->affiliate_commission_minor,
        [REFUND_SUM_FEES_RETURNED] = effect->fees_returned_minor,
        [REFUND_SUM_ADMIN_FEE] = effect->admin_fee_minor,
        [REFUND_SUM_CASE_FEE] = effect->case_fee_minor,
        [REFUND_SUM_NET] = effect->net_minor,
        [REFUND_SUM_COST] = effect->cost_minor == EVENT_ABSENT ? 0 : effect->cost_minor,
        [REFUND_SUM_COST_UNKNOWN] = effect->cost_minor == EVENT_ABSENT,
    };
    int64_t *sums = daily_of(rollup, key)->refunds;
    bool fits = true;
    for (int i = 0; i < ROLLUP_REFUND_SUM_COUNT; i++)
        fits &= add_signed(&sums[i], parts[i], sign);
    return fits;
}

static bool all_zero(const int64_t *sums, int count)
{
    int64_t any = 0;
    for (int i = 0; i < count; i++)
        any |= sums[i];
    return any == 0;
}

static int compare_daily(const void *a, const void *b)
{
    const struct rollup_key *left = &((const struct daily_delta *)a)->key, *right = &((const struct daily_delta *)b)->key;
    if (left->shop_key != right->shop_key)
        return left->shop_key < right->shop_key ? -1 : 1;
    if (left->day != right->day)
        return left->day < right->day ? -1 : 1;
    int order = memcmp(left->currency, right->currency, sizeof left->currency);
    return order ? order : (left->amount_scale > right->amount_scale) - (left->amount_scale < right->amount_scale);
}

const struct daily_delta *rollup_daily(struct rollup *rollup, size_t *ret_count)
{
    size_t kept = 0;
    for (size_t i = 0; i < rollup->daily_count; i++) {
        const struct daily_delta *row = &rollup->daily[i];
        if (row->orders | row->ad_spend_minor | row->ad_spend_rows || !all_zero(row->sums, ROLLUP_SUM_COUNT) ||
            !all_zero(row->refunds, ROLLUP_REFUND_SUM_COUNT))
            rollup->daily[kept++] = *row;
    }
    if (kept)
        qsort(rollup->daily, kept, sizeof *rollup->daily, compare_daily);
    rollup->daily_count = *ret_count = kept;
    return rollup->daily;
}

const struct product_delta *rollup_products(struct rollup *rollup, size_t *ret_count)
{
    size_t kept = 0;
    for (size_t i = 0; i < rollup->product_count; i++)
        if (!all_zero(rollup->products[i].sums, ROLLUP_SUM_COUNT))
            rollup->products[kept++] = rollup->products[i];
    rollup->product_count = *ret_count = kept;
    return rollup->products;
}
