/*
 * The scoring rule of the Numenta Anomaly Benchmark (Lavin and Ahmad 2015; weights as in its config/profiles.json):
 *   - the first min(15 %, 750) rows of a series are ignored;
 *   - of each window only the best detection counts, s(y) / s(-1) at the relative place y, -1 at its left edge to 0 at its right
 *     one, s(y) = 2 / (1 + e^(5y)) - 1; a window without one costs the weight of a miss;
 *   - a detection elsewhere costs up to the weight of a false one: s(y), y window lengths behind the window before it, -1 from 3
 *     lengths on and before the first window;
 *   - 100 is every window found at its left edge and nothing else, 0 is finding nothing.
 */
#ifndef BENCH_NAB_SCORE_H
#define BENCH_NAB_SCORE_H

#include "bench/nab_corpus.h"

enum nab_profile { NAB_STANDARD, NAB_LOW_FP, NAB_LOW_FN, NAB_PROFILE_COUNT };

/* Sums over series, which add up. */
struct nab_tally {
    double raw[NAB_PROFILE_COUNT];
    uint32_t windows, found, false_ones; /* false_ones: detections outside of every window */
};

/* Adds what the detections (rows, rising) of a series are worth. */
void nab_tally_add(struct nab_tally *tally, const struct nab_series *series, const uint32_t *detections, uint32_t count);
void nab_tally_merge(struct nab_tally *tally, const struct nab_tally *other);

/* 0 where there are no windows: nothing can be gained there. */
double nab_score(const struct nab_tally *tally, enum nab_profile profile);

/* Rows at a series' start that are not scored. */
uint32_t nab_probation(uint32_t n);

#endif
