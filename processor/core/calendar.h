/*
 * Known events of a shop, such as sales days, in which buckets are not what ordinary ones are: an event widens the bounds, or
 * mutes altogether. Pure; read-only once made; any thread.
 *
 * A bucket is of an event as soon as the event reaches into it, for a part of a bucket may make all of it unusual. Where
 * several do, the strongest counts: muting before widening, then the larger factor, then the one that began first, then the
 * earlier in the list.
 *
 * What follows of it, for a bucket or, with to_us = from_us + 1, for an event of a stream:
 * - Thresholds of z (warn, alert, and where an incident re-arms) are multiplied by calendar_widening: INFINITY while muted. For a
 *   scorer that is a copy of its config with last_z and mean_z multiplied, so that the bounds it tells are the wide ones too.
 * - A muted bucket raises nothing and is not learned, and does not step an incident: what was open stays as it was, neither
 *   recovered nor settled, until the event is over. Learned, a sale would be the baseline of the days after, which would all look
 *   like a drop, and the profile's hour and weekday would carry it for weeks.
 * - A widened bucket that is within its ordinary bounds is learned: it is an ordinary one, and so it is before there is anything
 *   to test it by. Beyond them it is not, even where it is an alert: the event explains it and ends, so nothing about it tells of
 *   the level to come. (Outside events a baseline is not frozen: a level that stays must become the new normal.)
 * A calendar that is changed does not reach back: what was raised, learned or left out before stays so, until the log is read
 * again.
 */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALENDAR_EVENTS_MAX 256

enum calendar_action { CALENDAR_WIDEN, CALENDAR_MUTE };

struct calendar_event {
    int64_t from_us, to_us; /* [from, to) */
    const char *name;       /* borrowed */
    enum calendar_action action;
    double factor;          /* of CALENDAR_WIDEN: above 1 */
};

/* From here on until the next one. */
struct calendar_span {
    int64_t from_us;
    const struct calendar_event *event; /* the strongest; NULL: ordinary time */
};

struct calendar {
    const struct calendar_span *spans; /* by time; the first begins at INT64_MIN */
    size_t count;
};

/* Spans that calendar_make may need for count events. */
#define CALENDAR_SPANS(count) (2 * (count) + 1)

/* Fills spans (room for CALENDAR_SPANS(count)) with the events of *events, which are borrowed for good; NULLs among them and
 * empty events are passed over. Returns how many. O(count squared); count <= CALENDAR_EVENTS_MAX. */
size_t calendar_make(const struct calendar_event *const *events, size_t count, struct calendar_span *ret_spans);

/* The strongest event of [from_us, to_us), NULL where there is none, the calendar is NULL, or the stretch is empty. O(log n),
 * and the spans within. */
const struct calendar_event *calendar_over(const struct calendar *calendar, int64_t from_us, int64_t to_us);

/* What thresholds of z are multiplied by. 1 for NULL. */
static inline double calendar_widening(const struct calendar_event *event)
{
    return !event ? 1 : event->action == CALENDAR_MUTE ? INFINITY : event->factor;
}

/* Whether a value with that z (0 where nothing was tested) goes into its baseline; threshold_z is the ordinary one of a
 * warning. */
static inline bool calendar_learns(const struct calendar_event *event, double z, double threshold_z)
{
    return !event || (event->action == CALENDAR_WIDEN && fabs(z) < threshold_z);
}

#endif
