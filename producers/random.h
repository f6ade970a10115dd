/*
 * Random numbers that are the same everywhere: xoshiro256** by Blackman and Vigna, seeded through splitmix64. Integers only.
 */
#ifndef PRODUCERS_RANDOM_H
#define PRODUCERS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

/* Different (seed, a, b) give independent sequences. */
void random_seed(struct random *random, uint64_t seed, uint64_t a, uint64_t b);
uint64_t random_next(struct random *random);
/* 0 .. below - 1; below >= 1. */
uint64_t random_below(struct random *random, uint64_t below);
/* low .. high, both included. */
int64_t random_between(struct random *random, int64_t low, int64_t high);
/* True once in 1,000,000 / ppm. */
bool random_chance(struct random *random, uint64_t ppm);

#endif
