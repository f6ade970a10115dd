#include "postgres/parked_orders.h"

#include <stdlib.h>

#include "common/hash.h"
#include "core/mix.h"

#define KEPT_MAX 500000 /* 8 MB */
#define ROOM_MIN 1024

static const struct pg_statement load_parked = {
    "load_parked_orders",
    "SELECT shop_key, order_id FROM warehouse.fact_refunds WHERE order_key IS NULL ORDER BY shop_key, order_id LIMIT $1::int8"};

void parked_orders_done(struct parked_orders *parked)
{
    free(parked->slots);
    *parked = (struct parked_orders){.loaded = false};
}

void parked_orders_forget(struct parked_orders *parked)
{
    if (parked->room)
        memset(parked->slots, 0, parked->room * sizeof *parked->slots);
    parked->count = 0;
    parked->loaded = parked->many = false;
}

static uint64_t hash_of(int32_t shop_key, struct text order_id)
{
    uint64_t hash = mix_fold(hash64(order_id.ptr, order_id.len), UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)(uint32_t)shop_key << 32);
    return hash ? hash : 1;
}

static size_t slot_of(const struct parked_orders *parked, uint64_t hash)
{
    size_t at = hash & (parked->room - 1);
    while (parked->slots[at] && parked->slots[at] != hash)
        at = (at + 1) & (parked->room - 1);
    return at;
}

static void grow(struct parked_orders *parked)
{
    struct parked_orders larger = {.room = parked->room ? 2 * parked->room : 2 * ROOM_MIN};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (!larger.slots)
        abort(); /* as the batch's arena does */
    for (size_t i = 0; i < parked->room; i++)
        if (parked->slots[i])
            larger.slots[slot_of(&larger, parked->slots[i])] = parked->slots[i];
    free(parked->slots);
    parked->slots = larger.slots;
    parked->room = larger.room;
}

/* What a transaction adds that is rolled back later stays: a name too many. */
void parked_orders_add(struct parked_orders *parked, int32_t shop_key, struct text order_id)
{
    if (!parked->loaded || parked->many)
        return;
    if (parked->count == KEPT_MAX) {
        parked_orders_forget(parked);
        return;
    }
    if (2 * parked->count >= parked->room)
        grow(parked);
    uint64_t hash = hash_of(shop_key, order_id);
    size_t at = slot_of(parked, hash);
    parked->count += parked->slots[at] == 0;
    parked->slots[at] = hash;
}

bool parked_orders_load(struct parked_orders *parked, struct pg_link *link, struct pg_failure *failure)
{
    uint8_t limit[8];
    struct pg_call call = {.statement = &load_parked};
    if (parked->loaded)
        return true;
    (void)put_u64(limit, KEPT_MAX);
    call_bytes(&call, limit, sizeof limit);
    if (!pg_run(link, &call, 1, failure))
        return false;
    int count = PQntuples(call.result);
    parked->loaded = true;
    for (int i = 0; i < count && count < KEPT_MAX; i++)
        parked_orders_add(parked, get_int4(call.result, i, 0), get_text(call.result, i, 1));
    parked->many = count == KEPT_MAX;
    pg_calls_clear(&call, 1);
    return true;
}

bool parked_orders_has(const struct parked_orders *parked, int32_t shop_key, struct text order_id)
{
    return parked->many || (parked->count && parked->slots[slot_of(parked, hash_of(shop_key, order_id))]);
}
