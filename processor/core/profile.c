/*
 * The first value of an empty profile becomes the shift, exactly; so a constant series has residuals of exactly 0.
 */
#include "core/profile.h"

#include <assert.h>
#include <math.h>

#define SLOPE_MAX 3

/* The mean of the hours that have been seen, relative to shift. */
static double level(const struct profile *profile)
{
    double sum = 0;
    for (int hour = 0; hour < PROFILE_HOURS; hour++)
        sum += profile->hour_counts[hour] ? (double)profile->hours[hour] : 0;
    return profile->seen ? sum / profile->seen : 0;
}

double profile_expected(const struct profile *profile, const struct profile_pace *pace, struct profile_slot slot)
{
    assert(slot.hour < PROFILE_HOURS && slot.weekday < PROFILE_WEEKDAYS);
    double hour = profile->hour_counts[slot.hour] ? (double)profile->hours[slot.hour] : level(profile);
    double weekday = (double)profile->weekdays[slot.weekday];
    return profile->shift + (pace->in_proportion ? hour + (profile->shift + hour) * weekday : hour + weekday);
}

static void learn_part(float *part, uint16_t *count, int prior, double floor, double residual)
{
    double n = *count + prior + 1.0, weight = n * floor > 1 ? floor : 1 / n; /* the larger one, divided for only where it is wanted */
    *part = (float)((double)*part + weight * residual);
    *count += *count < UINT16_MAX;
}

void profile_learn(struct profile *profile, const struct profile_pace *pace, struct profile_slot slot, double residual)
{
    assert(slot.hour < PROFILE_HOURS && slot.weekday < PROFILE_WEEKDAYS);
    if (!profile->seen && profile->shift == 0) { /* else the caller knows the level already */
        profile->shift = residual;
        residual = 0;
    }
    if (!profile->hour_counts[slot.hour]) {
        profile->hours[slot.hour] = (float)level(profile);
        profile->seen++;
    }
    double before = (double)profile->hours[slot.hour];
    learn_part(&profile->hours[slot.hour], &profile->hour_counts[slot.hour], 0, pace->hour, residual);
    double left = residual - ((double)profile->hours[slot.hour] - before);
    if (pace->in_proportion && profile->shift > 0) {
        double busy = (profile->shift + before) / profile->shift;
        left *= (busy < SLOPE_MAX ? busy : SLOPE_MAX) / profile->shift; /* normalised least mean squares: a busy hour says more */
    } else if (pace->in_proportion) {
        left = 0;
    }
    if (pace->weekday > 0)
        learn_part(&profile->weekdays[slot.weekday], &profile->weekday_counts[slot.weekday], PROFILE_HOURS, pace->weekday, left);
}

void profile_centre(struct profile *profile)
{
    double shift = profile->shift + level(profile), moved = shift - profile->shift;
    for (int hour = 0; hour < PROFILE_HOURS; hour++)
        if (profile->hour_counts[hour])
            profile->hours[hour] = (float)((double)profile->hours[hour] - moved);
    profile->shift = shift;
}
