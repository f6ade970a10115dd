#include "core/recent_orders.h"

#include <criterion/criterion.h>

static struct hash128 hash_of(uint64_t i)
{
    return (struct hash128){.lo = i * UINT64_C(0x9e3779b97f4a7c15), .hi = i + 1};
}

Test(recent_orders, remembers_what_was_added_and_nothing_else)
{
    struct recent_orders *recent = recent_orders_new(1 << 16);
    for (uint64_t i = 0; i < 20000; i++)
        recent_orders_add(recent, hash_of(i))->revision = (int64_t)i;
    for (uint64_t i = 0; i < 20000; i++) {
        struct recent_order *entry = recent_orders_find(recent, hash_of(i));
        cr_assert(entry && entry->revision == (int64_t)i, "order %lu", (unsigned long)i);
    }
    cr_assert_null(recent_orders_find(recent, hash_of(20001)));
    cr_assert(recent_orders_complete(recent));
    recent_orders_free(recent);
}

Test(recent_orders, forgets_the_oldest_half_and_says_so)
{
    struct recent_orders *recent = recent_orders_new(2000);
    for (uint64_t i = 0; i < 10000; i++) {
        recent_orders_add(recent, hash_of(i));
        uint64_t kept = i < 999 ? i : 999;
        cr_assert(recent_orders_find(recent, hash_of(i - kept)), "the last 1,000 are always there, at %lu", (unsigned long)i);
    }
    cr_assert_null(recent_orders_find(recent, hash_of(0)));
    cr_assert_not(recent_orders_complete(recent));
    recent_orders_free(recent);
}

Test(recent_orders, two_orders_with_one_slot_stay_apart)
{
    struct recent_orders *recent = recent_orders_new(100);
    struct hash128 a = {.lo = 7, .hi = 1}, b = {.lo = 7, .hi = 2};
    recent_orders_add(recent, a)->revision = 1;
    cr_assert_null(recent_orders_find(recent, b));
    recent_orders_add(recent, b)->revision = 2;
    cr_assert_eq(recent_orders_find(recent, a)->revision, 1);
    cr_assert_eq(recent_orders_find(recent, b)->revision, 2);
    recent_orders_free(recent);
}
