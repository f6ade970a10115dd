#include "core/shop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 64

struct shop_table {
    struct shop **slots; /* open addressing by hash, a power of two, at most half full */
    struct shop **by_index; /* slot_count of them */
    uint32_t slot_count;
    uint32_t shop_count, shops_max;
};

struct shop_table *shop_table_new(uint32_t shops_max)
{
    struct shop_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->slots = calloc(SLOTS_MIN, sizeof *table->slots);
    table->by_index = calloc(SLOTS_MIN, sizeof *table->by_index);
    table->slot_count = SLOTS_MIN;
    table->shops_max = shops_max;
    if (table->slots && table->by_index)
        return table;
    free(table->slots);
    free(table->by_index);
    free(table);
    return NULL;
}

static void shop_free(struct shop *shop)
{
    free((char *)shop->id.ptr);
    free((char *)shop->platform.ptr);
    free((char *)shop->market.ptr);
    free(shop);
}

void shop_table_free(struct shop_table *table)
{
    if (!table)
        return;
    for (uint32_t i = 0; i < table->slot_count; i++)
        if (table->slots[i])
            shop_free(table->slots[i]);
    free(table->slots);
    free(table->by_index);
    free(table);
}

/* The slot that holds the id, or the free one where it belongs. */
static struct shop **slot_of(struct shop_table *table, struct text id, uint64_t hash)
{
    uint32_t mask = table->slot_count - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        struct shop *shop = table->slots[i];
        if (!shop || (shop->hash == hash && text_same(shop->id, id)))
            return &table->slots[i];
    }
}

static bool table_grow(struct shop_table *table)
{
    struct shop_table larger = *table;
    larger.slot_count *= 2;
    struct shop **by_index = realloc(table->by_index, larger.slot_count * sizeof *by_index);
    if (!by_index)
        return false;
    larger.by_index = table->by_index = by_index;
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (uint32_t i = 0; i < table->slot_count; i++)
        if (table->slots[i])
            *slot_of(&larger, table->slots[i]->id, table->slots[i]->hash) = table->slots[i];
    free(table->slots);
    *table = larger;
    return true;
}

/* Absent and empty texts stay as they are: they own nothing. */
static bool text_own(struct text *text)
{
    if (!text->ptr)
        return true;
    char *copy = malloc(text->len + 1u);
    if (!copy)
        return false;
    memcpy(copy, text->ptr, text->len);
    copy[text->len] = '\0';
    text->ptr = copy;
    return true;
}

static struct shop *shop_new(struct text id, uint64_t hash)
{
    struct shop *shop = calloc(1, sizeof *shop);
    if (!shop)
        return NULL;
    shop->id = id;
    shop->hash = hash;
    shop->amount_scale = -1;
    if (text_own(&shop->id))
        return shop;
    free(shop);
    return NULL;
}

struct shop *shop_table_get(struct shop_table *table, struct text id, uint64_t hash,
                            const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id), void *policy_ctx)
{
    struct shop **slot = slot_of(table, id, hash);
    if (*slot)
        return *slot;
    if (table->shop_count >= table->shops_max)
        return NULL;
    if (table->shop_count * 2 >= table->slot_count) {
        if (!table_grow(table))
            return NULL;
        slot = slot_of(table, id, hash);
    }
    *slot = shop_new(id, hash);
    if (!*slot)
        return NULL;
    (*slot)->index = table->shop_count;
    table->by_index[table->shop_count++] = *slot;
    (*slot)->policy = policy_of(policy_ctx, id);
    return *slot;
}

struct shop *shop_table_at(const struct shop_table *table, uint32_t index)
{
    assert(index < table->shop_count);
    return table->by_index[index];
}

uint32_t shop_table_count(const struct shop_table *table)
{
    return table->shop_count;
}

void shop_table_each(struct shop_table *table, void (*on_shop)(void *ctx, struct shop *shop), void *ctx)
{
    for (uint32_t i = 0; i < table->shop_count; i++)
        on_shop(ctx, table->by_index[i]);
}

void shop_table_set_policies(struct shop_table *table, const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id), void *policy_ctx)
{
    for (uint32_t i = 0; i < table->shop_count; i++)
        table->by_index[i]->policy = policy_of(policy_ctx, table->by_index[i]->id);
}

bool shop_learn(struct shop *shop, struct text currency, int32_t amount_scale, struct text platform, struct text market)
{
    if (shop->currency[0] || currency.len != 3)
        return true;
    struct text owned_platform = platform, owned_market = market;
    if (!text_own(&owned_platform))
        return false;
    if (!text_own(&owned_market)) {
        free((char *)owned_platform.ptr);
        return false;
    }
    memcpy(shop->currency, currency.ptr, 3);
    shop->amount_scale = amount_scale;
    shop->platform = owned_platform;
    shop->market = owned_market;
    return true;
}
