/*
 * How long a series' tail is: z beyond 2 is divided by how much longer the series' excesses over 2 are than a normal's, so that 5 is as
 * rare in a series that is given to bursts as in any other. A tail is told by the mean length of the excesses, relative to a normal's; 0
 * is one of which nothing is known, and is taken for a normal one. Pure, no failure.
 */
#ifndef CORE_TAIL_H
#define CORE_TAIL_H

#include <math.h>
#include <stdint.h>

#define TAIL_START 2
#define TAIL_NORMAL_EXCESS 0.3732155328228572 /* E[Z - 2 | Z > 2] */
#define TAIL_PRIOR 100 /* excesses that a normal tail counts for */
#define TAIL_EXCESS_MAX 10

/* The tail after one more value of that |z|, beyond TAIL_START; count: excesses before it; pace: the least weight of a new one. */
static inline double tail_after(double tail, uint32_t count, double pace, double size)
{
    double weight = fmax(1.0 / (count + (double)TAIL_PRIOR), pace), before = tail > 0 ? tail : 1;
    return before + weight * (fmin(size - TAIL_START, TAIL_EXCESS_MAX) / TAIL_NORMAL_EXCESS - before);
}

/* What z >= 0 is worth where the tail is stretch (1 and above: no z grows) times a normal's; and back. */
static inline double tail_shrink(double z, double stretch)
{
    return z > TAIL_START ? TAIL_START + (z - TAIL_START) / stretch : z;
}

static inline double tail_stretch(double z, double stretch)
{
    return z > TAIL_START ? TAIL_START + (z - TAIL_START) * stretch : z;
}

#endif
