/*
 * Tails of the normal and of Student's t distribution, as logarithms of probabilities: a z of 40 has a probability of
 * 1e-350, which no double holds, but a logarithm that any does. Pure, no state, no failure.
 */
#ifndef CORE_STUDENT_H
#define CORE_STUDENT_H

/* ln P(Z > z) of a standard normal Z, z >= 0; to 1e-13 relative. */
double normal_log_tail(double z);

/* The z >= 0 with ln P(Z > z) = log_p, for log_p <= ln 1/2; 0 for anything above. */
double normal_log_tail_inverse(double log_p);

/* ln P(T > t) of Student's t with df > 0 degrees of freedom, 0 <= t < 1e150. Absolute error below 1e-11 for df <= 1e4. */
double student_log_tail(double t, double df);

/* The t >= 0 with ln P(T > t) = log_p, for log_p <= ln 1/2; 0 for anything above. */
double student_log_tail_inverse(double log_p, double df);

#endif
