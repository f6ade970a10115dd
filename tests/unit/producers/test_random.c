#include <criterion/criterion.h>

#include "producers/random.h"

Test(random, the_same_seed_gives_the_same_numbers_everywhere)
{
    struct random one, same, other;
    random_seed(&one, 1, 2, 3);
    random_seed(&same, 1, 2, 3);
    random_seed(&other, 1, 2, 4);
    int equal = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t value = random_next(&one);
        cr_assert_eq(value, random_next(&same));
        equal += value == random_next(&other);
    }
    cr_assert_eq(equal, 0);
}

Test(random, bounds_are_kept_and_reached)
{
    struct random random;
    int seen[7] = {0};
    random_seed(&random, 5, 0, 0);
    for (int i = 0; i < 10000; i++)
        seen[random_between(&random, -3, 3) + 3]++;
    for (int i = 0; i < 7; i++)
        cr_assert(seen[i] > 1200 && seen[i] < 1700, "%d came %d times", i - 3, seen[i]);
    cr_assert_eq(random_below(&random, 1), 0);
}

Test(random, a_chance_comes_as_often_as_its_rate)
{
    struct random random;
    int hits = 0;
    random_seed(&random, 6, 0, 0);
    for (int i = 0; i < 100000; i++)
        hits += random_chance(&random, 50000);
    cr_assert(hits > 4700 && hits < 5300, "%d", hits);
    cr_assert_not(random_chance(&random, 0));
    cr_assert(random_chance(&random, 1000000));
}
