#include "core/calendar.h"

#include <criterion/criterion.h>

#define HOUR INT64_C(3600000000)
#define DAY (24 * HOUR)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct calendar_event widen(int64_t from_us, int64_t to_us, double factor)
{
    return (struct calendar_event){.from_us = from_us, .to_us = to_us, .name = "w", .action = CALENDAR_WIDEN, .factor = factor};
}

static struct calendar_event mute(int64_t from_us, int64_t to_us)
{
    return (struct calendar_event){.from_us = from_us, .to_us = to_us, .name = "m", .action = CALENDAR_MUTE};
}

static struct calendar calendar_of(const struct calendar_event *events, size_t count, struct calendar_span *spans)
{
    const struct calendar_event *all[CALENDAR_EVENTS_MAX] = {NULL};
    for (size_t i = 0; i < count; i++)
        all[i] = &events[i];
    return (struct calendar){spans, calendar_make(all, count, spans)};
}

Test(calendar, an_event_begins_at_its_first_moment_and_has_ended_at_its_last)
{
    const struct calendar_event event = widen(5 * DAY, 6 * DAY, 2);
    struct calendar_span spans[CALENDAR_SPANS(1)];
    struct calendar calendar = calendar_of(&event, 1, spans);
    cr_assert_eq(calendar.count, 3);
    cr_assert_null(calendar_over(&calendar, 5 * DAY - 1, 5 * DAY));
    cr_assert_eq(calendar_over(&calendar, 5 * DAY, 5 * DAY + 1), &event);
    cr_assert_eq(calendar_over(&calendar, 6 * DAY - 1, 6 * DAY), &event);
    cr_assert_null(calendar_over(&calendar, 6 * DAY, 6 * DAY + 1));
    cr_assert_null(calendar_over(&calendar, INT64_MIN, INT64_MIN + 1));
    cr_assert_null(calendar_over(&calendar, INT64_MAX - 1, INT64_MAX));
    cr_assert_eq(calendar_over(&calendar, INT64_MIN, INT64_MAX), &event);
}

Test(calendar, a_bucket_is_of_an_event_that_reaches_into_it)
{
    const struct calendar_event event = mute(5 * DAY + 18 * HOUR, 6 * DAY + 2 * HOUR);
    struct calendar_span spans[CALENDAR_SPANS(1)];
    struct calendar calendar = calendar_of(&event, 1, spans);
    cr_assert_null(calendar_over(&calendar, 4 * DAY, 5 * DAY));
    cr_assert_eq(calendar_over(&calendar, 5 * DAY, 6 * DAY), &event);
    cr_assert_eq(calendar_over(&calendar, 6 * DAY, 7 * DAY), &event);
    cr_assert_null(calendar_over(&calendar, 7 * DAY, 8 * DAY));
    cr_assert_null(calendar_over(&calendar, 6 * DAY, 6 * DAY), "an empty stretch is of nothing");
}

Test(calendar, without_events_all_time_is_ordinary)
{
    struct calendar_span spans[CALENDAR_SPANS(2)];
    struct calendar calendar = calendar_of(NULL, 0, spans);
    cr_assert_null(calendar_over(&calendar, INT64_MIN, INT64_MAX));
    cr_assert_null(calendar_over(NULL, 0, 1));
    cr_assert_null(calendar_over(&(struct calendar){NULL, 0}, 0, 1));
    const struct calendar_event never = mute(DAY, DAY), back = mute(DAY, HOUR), *events[] = {&never, &back};
    calendar.count = calendar_make(events, COUNT(events), spans);
    cr_assert_null(calendar_over(&calendar, INT64_MIN, INT64_MAX), "events without duration are none");
}

Test(calendar, muting_beats_widening_and_the_wider_the_narrower)
{
    const struct calendar_event events[] = {widen(0, 10, 2), widen(2, 8, 3), mute(4, 6), widen(3, 5, 9), mute(5, 7)};
    struct calendar_span spans[CALENDAR_SPANS(5)];
    struct calendar calendar = calendar_of(events, 5, spans);
    const int expected[] = {0, 0, 1, 3, 2, 2, 4, 1, 0, 0};
    for (int at = 0; at < 10; at++)
        cr_assert_eq(calendar_over(&calendar, at, at + 1), &events[expected[at]], "at %d", at);
    cr_assert_eq(calendar_over(&calendar, 0, 3), &events[1]);
    cr_assert_eq(calendar_over(&calendar, 0, 10), &events[2], "of equals the one that began first");
    cr_assert_eq(calendar.count, 9, "neighbours of one event are one span");
}

/* The slow oracle asks every event at every moment of the stretch. */
static const struct calendar_event *slow_over(const struct calendar_event *events, size_t count, int64_t from_us, int64_t to_us)
{
    const struct calendar_event *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct calendar_event *event = &events[i];
        bool reaches = false;
        for (int64_t at = from_us; at < to_us; at++)
            reaches |= event->from_us <= at && at < event->to_us;
        if (!reaches)
            continue;
        double strength = calendar_widening(event), best_strength = calendar_widening(best);
        if (!best || strength > best_strength || (strength == best_strength && event->from_us < best->from_us))
            best = event;
    }
    return best;
}

Test(calendar, agrees_with_asking_every_event_at_every_moment)
{
    struct calendar_event events[12];
    struct calendar_span spans[CALENDAR_SPANS(COUNT(events))];
    uint64_t state = 11;
    size_t found = 0;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < COUNT(events); i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            int64_t from = (int64_t)(state >> 40) % 40, to = from + (int64_t)(state >> 50) % 8;
            events[i] = state >> 63 ? widen(from, to, 2 + (double)(state >> 60 & 3)) : mute(from, to);
            if (state >> 62 == 1)
                events[i] = widen(from, to, 7);
        }
        size_t count = (size_t)(state >> 33) % (COUNT(events) + 1);
        struct calendar calendar = calendar_of(events, count, spans);
        cr_assert_leq(calendar.count, CALENDAR_SPANS(count));
        for (size_t i = 1; i < calendar.count; i++)
            cr_assert_lt(spans[i - 1].from_us, spans[i].from_us);
        for (int64_t from = -1; from < 50; from++) {
            int64_t to = from + (int64_t)(state >> (from + 1)) % 5;
            const struct calendar_event *got = calendar_over(&calendar, from, to);
            cr_assert_eq(got, slow_over(events, count, from, to), "round %d, [%ld, %ld)", round, (long)from, (long)to);
            found += got != NULL;
        }
    }
    cr_assert_gt(found, 10000);
}

Test(calendar, as_many_events_as_may_be_are_resolved)
{
    static struct calendar_event events[CALENDAR_EVENTS_MAX];
    static struct calendar_span spans[CALENDAR_SPANS(CALENDAR_EVENTS_MAX)];
    for (int i = 0; i < CALENDAR_EVENTS_MAX; i++)
        events[i] = mute(2 * i * DAY, (2 * i + 1) * DAY);
    struct calendar calendar = calendar_of(events, CALENDAR_EVENTS_MAX, spans);
    cr_assert_eq(calendar.count, CALENDAR_SPANS(CALENDAR_EVENTS_MAX));
    for (int day = 0; day < 2 * CALENDAR_EVENTS_MAX; day++)
        cr_assert_eq(calendar_over(&calendar, day * DAY, (day + 1) * DAY), day % 2 ? NULL : &events[day / 2], "day %d", day);
}

Test(calendar, a_muted_bucket_raises_nothing_and_is_not_learned)
{
    const struct calendar_event event = mute(0, 1);
    cr_assert_not(1e300 >= 4 * calendar_widening(&event));
    cr_assert_not(calendar_learns(&event, 0, 4));
}

Test(calendar, a_widened_bucket_is_learned_within_its_ordinary_bounds_only)
{
    const struct calendar_event event = widen(0, 1, 2.5);
    cr_assert_eq(4 * calendar_widening(&event), 10);
    cr_assert(calendar_learns(&event, 3.9, 4) && calendar_learns(&event, -3.9, 4));
    cr_assert_not(calendar_learns(&event, 4, 4), "what would have been a warning is the event's");
    cr_assert_not(calendar_learns(&event, -11, 4), "and so is what is one");
}

Test(calendar, an_ordinary_bucket_is_learned_however_it_stands_out)
{
    cr_assert_eq(calendar_widening(NULL), 1);
    cr_assert(calendar_learns(NULL, 100, 4));
}
