/*
 * Why this exists: overlapping events are resolved once, when they are configured, so that a bucket asks for a place in a
 * sorted list and nothing else.
 */
#include "core/calendar.h"

#include <assert.h>
#include <stdlib.h>

static bool is_stronger(const struct calendar_event *event, const struct calendar_event *than)
{
    if (!than)
        return true;
    if (event->action != than->action)
        return event->action == CALENDAR_MUTE;
    if (event->action == CALENDAR_WIDEN && event->factor != than->factor)
        return event->factor > than->factor;
    return event->from_us < than->from_us;
}

static const struct calendar_event *strongest_at(const struct calendar_event *const *events, size_t count, int64_t at_us)
{
    const struct calendar_event *strongest = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct calendar_event *event = events[i];
        if (event && event->from_us <= at_us && at_us < event->to_us && is_stronger(event, strongest))
            strongest = event;
    }
    return strongest;
}

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

size_t calendar_make(const struct calendar_event *const *events, size_t count, struct calendar_span *ret_spans)
{
    int64_t changes_us[CALENDAR_SPANS(CALENDAR_EVENTS_MAX)] = {INT64_MIN};
    size_t change_count = 1, span_count = 0;
    assert(count <= CALENDAR_EVENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!events[i])
            continue;
        changes_us[change_count++] = events[i]->from_us;
        changes_us[change_count++] = events[i]->to_us;
    }
    qsort(changes_us, change_count, sizeof *changes_us, compare_times);
    for (size_t i = 0; i < change_count; i++) {
        const struct calendar_event *event = strongest_at(events, count, changes_us[i]);
        if (!span_count || event != ret_spans[span_count - 1].event)
            ret_spans[span_count++] = (struct calendar_span){changes_us[i], event};
    }
    return span_count;
}

/* The span in force at at_us. */
static size_t span_at(const struct calendar *calendar, int64_t at_us)
{
    size_t low = 0, high = calendar->count - 1;
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        if (calendar->spans[middle].from_us <= at_us)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

const struct calendar_event *calendar_over(const struct calendar *calendar, int64_t from_us, int64_t to_us)
{
    const struct calendar_event *strongest = NULL;
    if (!calendar || !calendar->count || from_us >= to_us)
        return NULL;
    for (size_t i = span_at(calendar, from_us); i < calendar->count && calendar->spans[i].from_us < to_us; i++) {
        const struct calendar_event *event = calendar->spans[i].event;
        if (event && is_stronger(event, strongest))
            strongest = event;
    }
    return strongest;
}
