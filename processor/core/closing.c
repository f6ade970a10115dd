/*
 * What happens when buckets end. Invariant: after a sweep the newest bucket of every key is the one the watermark lies in, and no other
 * in a ring has ended lateness or more ago.
 *
 * A bucket is judged twice. (1) When it has ended: on copies, because late events may still move it, and with it all that follows.
 * (2) When the lateness has passed too, and (1) had told the world nothing else, silently: the state moves on for good. Between the
 * two only the difference is told. Shops come before their children, so that a child finds what its shop is in.
 */
#include <math.h>
#include <string.h>

#include "core/calendar.h"
#include "core/detector_internal.h"

/* How much of the usual sums a bucket replaces: they span a week of hours or two of days. */
static const float usual_weight[WIDTH_COUNT] = {1.0f / 168, 1.0f / 28, 1.0f / 14};
#define RATE_DAYS 14

int64_t key_due_us(const struct detector *detector, const struct key_layout *layout, const struct key_record *record)
{
    int64_t due_us = key_newest(layout, record)->end_us;
    if (record->count > 1) {
        int64_t settled_us = key_bucket(layout, record, 0)->end_us + detector->lateness_us;
        due_us = settled_us < due_us ? settled_us : due_us;
    }
    return due_us;
}

static const struct calendar_event *known_event(const struct detector *detector, const struct key_record *record,
                                                const struct bucket *bucket)
{
    return calendar_over(key_shop(detector, record)->policy->calendar, bucket->start_us, bucket->end_us);
}

/* Not what was not seen whole, and not what a known event mutes. */
static bool is_judged(const struct detector *detector, const struct key_record *record, const struct bucket *bucket)
{
    const struct calendar_event *event = known_event(detector, record, bucket);
    return bucket->start_us > record->first_us && !(event && event->action == CALENDAR_MUTE) &&
           !silence_covers(detector, record, bucket);
}

/* Bounds are as much wider as the known event says. False where the value is not to be learnt: what an event explains tells nothing of
 * the days after. */
static bool widen(const struct calendar_event *event, double threshold_z, struct verdict *verdict)
{
    bool learns = calendar_learns(event, verdict->z, threshold_z);
    double factor = calendar_widening(event);
    verdict->strength /= factor;
    verdict->lower = verdict->expected + (verdict->lower - verdict->expected) * factor;
    verdict->upper = verdict->expected + (verdict->upper - verdict->expected) * factor;
    return learns;
}

static bool matters(const struct gate_config *config, const struct verdict *verdict)
{
    bool above = verdict->strength > 0;
    return fabs(verdict->strength) >= 1 && (config->direction == GATE_BOTH || above == (config->direction == GATE_ABOVE));
}

static enum bucket_width width_of(const struct bucket *bucket)
{
    return bucket_width_of_span(bucket->start_us, bucket->end_us);
}

/* The state that a bucket is judged by and moves: the series' own, or copies. */
struct judged {
    struct scorer *scorer;
    struct gate *gate;
    struct incident_view *view;
    bool learns, settles;
};

static void judge(const struct closing *closing, const struct watched *watched, struct judged state, struct bucket *bucket)
{
    struct detector *detector = closing->detector;
    const struct key_layout *layout = &watched->space->layout;
    enum metric metric = layout->metrics[watched->slot];
    enum bucket_width width = width_of(bucket);
    const struct scorer_config *config = &detector->scorers[metric][width];
    const struct gate_config *gate_config = &detector->gates[metric][width];
    struct profile_slot slot = bucket_slot(key_shop(detector, watched->record)->policy->zone, bucket->start_us);
    struct verdict verdict;
    double value;
    bool judged = is_judged(detector, watched->record, bucket) && metric_of_bucket(metric, bucket->sums, &value);
    if (!judged) {
        tell_anomaly(closing, watched, bucket, NULL, false);
        return;
    }
    uint32_t weight = metric_weight(metric, bucket->sums);
    bool tested = layout->shown[watched->slot] && scorer_test_average(state.scorer, config, slot, value, weight, &verdict);
    const struct calendar_event *known = known_event(detector, watched->record, bucket);
    bool learns = state.learns;
    if (tested && known)
        learns = widen(known, config->last_z, &verdict) && learns;
    enum gate_event event = layout->shown[watched->slot] ? gate_step(state.gate, gate_config, tested ? &verdict : NULL, bucket->start_us)
                                                          : GATE_NOTHING;
    bool stands_out = tested && matters(gate_config, &verdict);
    detector->counters.tests += tested && state.settles;
    tell_anomaly(closing, watched, bucket, tested ? &verdict : NULL, event == GATE_OPENED || (stands_out && !verdict.of_mean));
    incident_step(closing, watched, state.view, event, tested ? &verdict : NULL, stands_out, bucket);
    if (learns)
        scorer_learn_average(state.scorer, config, slot, value, weight);
}

/* A scorer of hours knows nothing of days. */
static void fit_width(const struct key_layout *layout, const struct watched *watched, struct series *series,
                      const struct bucket *bucket)
{
    uint32_t width = (uint32_t)width_of(bucket) + 1;
    if (series->width == width)
        return;
    memset(series_scorer(series), 0, layout->scorer_bytes[watched->slot]);
    series->gate = (struct gate){0};
    series->width = width;
}

static void settle_series(const struct closing *closing, const struct watched *watched, struct bucket *bucket)
{
    const struct key_layout *layout = &watched->space->layout;
    struct series *series = key_series(layout, watched->record, watched->slot);
    struct incident_entry *entry = incident_entry_of(closing->detector, series, false);
    struct incident_view view = entry ? entry->now : (struct incident_view){0};
    int64_t opened_us = view.opened_us;
    bool existed = view.exists;
    if (is_judged(closing->detector, watched->record, bucket))
        fit_width(layout, watched, series, bucket);
    judge(closing, watched, (struct judged){series_scorer(series), &series->gate, &view, true, true}, bucket);
    if (view.exists && !entry)
        entry = incident_entry_of(closing->detector, series, true);
    if (!entry)
        return;
    entry->now = view;
    if (view.exists && view.folded && (!existed || view.opened_us != opened_us))
        incident_fold(closing, watched, &view);
    incident_tell_settled(closing, watched, bucket->start_us);
}

static void learn_usual(struct key_record *record, const struct bucket *bucket)
{
    float weight = usual_weight[width_of(bucket)];
    for (int i = 0; i < PART_COUNT; i++)
        record->usual[i] += weight * ((float)bucket->sums[i] - record->usual[i]);
}

static void tell_settled(const struct closing *closing, const struct key_record *record, const struct bucket *bucket)
{
    const struct detector *detector = closing->detector;
    bool given_back = detector->feed == FEED_REFUNDS;
    if (!detector->config.metrics[METRIC_REFUND_RATE].enabled[DIMENSION_SHOP] || !(given_back || detector->feed == FEED_ORDERS))
        return;
    *facts_add_settled(closing->facts) = (struct settled_fact){.shop = key_shop(detector, record),
                                                               .start_us = bucket->start_us,
                                                               .end_us = bucket->end_us,
                                                               .amount_minor = bucket->sums[given_back ? PART_REFUNDED : PART_GROSS],
                                                               .era = detector->clock.era,
                                                               .given_back = given_back};
}

static void settle_oldest(const struct closing *closing, struct key_space *space, enum dimension dimension, struct key_record *record)
{
    struct bucket *bucket = key_bucket(&space->layout, record, 0);
    for (unsigned slot = 0; slot < space->layout.metric_count; slot++) {
        const struct watched watched = {space, dimension, record, slot};
        settle_series(closing, &watched, bucket);
    }
    if (is_judged(closing->detector, record, bucket)) {
        learn_usual(record, bucket);
        if (dimension == DIMENSION_SHOP)
            tell_settled(closing, record, bucket);
    }
    key_ring_drop_oldest(&space->layout, record);
}

/* The incident that the world is to believe in: the first one that is open. What comes after its end waits until that is settled. */
static void follow(struct incident_view *candidate, const struct incident_view *view)
{
    if (view->exists && view->status == INCIDENT_OPEN && (!candidate->exists || candidate->opened_us == view->opened_us))
        *candidate = *view;
}

/* Buckets that have ended but can still change, one after the other on copies of the state. */
static void judge_ahead(const struct closing *closing, const struct watched *watched)
{
    struct detector *detector = closing->detector;
    const struct key_layout *layout = &watched->space->layout;
    struct series *series = key_series(layout, watched->record, watched->slot);
    const struct incident_entry *entry = incident_entry_of(detector, series, false);
    struct incident_view view = entry ? entry->now : (struct incident_view){0}, candidate = {0};
    struct gate gate = series->gate;
    struct judged state = {series_scorer(series), &gate, &view, false, false};
    unsigned ended = watched->record->count - 1u;
    if (ended > 1) { /* a single one needs no copy: nothing is tested after it */
        memcpy(detector->scratch, state.scorer, layout->scorer_bytes[watched->slot]);
        state.scorer = detector->scratch;
        state.learns = true;
    }
    follow(&candidate, &view);
    for (unsigned place = 0; place < ended; place++) {
        struct bucket *bucket = key_bucket(layout, watched->record, place);
        if (series->width != (uint32_t)width_of(bucket) + 1)
            break; /* the scorer begins anew with this one */
        judge(closing, watched, state, bucket);
        follow(&candidate, &view);
    }
    incident_tell_ahead(closing, watched, &candidate);
}

/* Once a local day: how many events an hour it had, and how wide the next buckets are. Not while an incident goes on. */
static enum bucket_width next_width(struct detector *detector, const struct key_space *space, enum dimension dimension,
                                    struct key_record *record)
{
    if (record->whole_days) {
        uint32_t days = record->whole_days < RATE_DAYS ? record->whole_days : RATE_DAYS;
        record->rate += (record->day_events / 24 - record->rate) / (float)days;
    }
    record->whole_days += record->whole_days < UINT16_MAX;
    record->day_events = 0;
    enum bucket_width now = (enum bucket_width)record->width;
    if (feed_is_daily(detector->feed) || record->whole_days < 2)
        return now;
    for (unsigned slot = 0; slot < space->layout.metric_count; slot++)
        if (key_series(&space->layout, record, slot)->gate.is_open)
            return now;
    enum bucket_width next = bucket_width_of(dimension == DIMENSION_SHOP, (double)record->rate, now);
    detector->counters.width_changes += next != now;
    return next;
}

static void open_next(struct detector *detector, struct key_space *space, enum dimension dimension, struct key_record *record)
{
    const struct zone *zone = key_shop(detector, record)->policy->zone;
    int64_t start_us = key_newest(&space->layout, record)->end_us;
    if (bucket_slot(zone, start_us).hour == 0)
        record->width = (uint8_t)next_width(detector, space, dimension, record);
    struct bucket_span span = bucket_span_at(zone, (enum bucket_width)record->width, start_us);
    span.start_us = start_us;
    (void)key_ring_open(&space->layout, record, span);
}

static void forget_key(const struct closing *closing, struct key_space *space, enum dimension dimension, struct key_record *record)
{
    for (unsigned slot = 0; slot < space->layout.metric_count; slot++) {
        const struct watched watched = {space, dimension, record, slot};
        incident_forget(closing, &watched, key_newest(&space->layout, record)->end_us);
    }
    detector_forget(closing->detector, space, record);
}

static void close_key(const struct closing *closing, struct key_space *space, enum dimension dimension, struct key_record *record)
{
    struct detector *detector = closing->detector;
    int64_t watermark_us = detector->clock.watermark_us;
    const struct key_layout *layout = &space->layout;
    if (watermark_us - record->last_us > detector->config.forget_after_us) {
        forget_key(closing, space, dimension, record);
        return;
    }
    while (key_newest(layout, record)->end_us <= watermark_us) {
        if (dimension == DIMENSION_SHOP)
            silence_closed(closing, record, key_newest(layout, record));
        if (record->count == layout->bucket_count)
            settle_oldest(closing, space, dimension, record);
        open_next(detector, space, dimension, record);
    }
    while (record->count > 1 && key_bucket(layout, record, 0)->end_us + detector->lateness_us <= watermark_us)
        settle_oldest(closing, space, dimension, record);
    for (unsigned slot = 0; slot < layout->metric_count && record->count > 1; slot++) {
        const struct watched watched = {space, dimension, record, slot};
        judge_ahead(closing, &watched);
    }
    space->due_us[record->number] = key_due_us(detector, layout, record);
}

void closing_sweep(const struct closing *closing)
{
    struct detector *detector = closing->detector;
    int64_t watermark_us = detector->clock.watermark_us, due_us = INT64_MAX;
    admission_age(&detector->admission, watermark_us);
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        struct key_space *space = &detector->spaces[dimension];
        for (uint32_t i = 0; i < space->pool.count; i++) {
            if (space->due_us[i] <= watermark_us)
                close_key(closing, space, (enum dimension)dimension, record_pool_at(&space->pool, i));
            due_us = space->due_us[i] < due_us ? space->due_us[i] : due_us;
        }
    }
    detector->due_us = due_us;
}

/* Time lies elsewhere now. What was open is of no time that will go on; what was learnt stays. */
static void restart_key(const struct closing *closing, struct key_space *space, enum dimension dimension, struct key_record *record)
{
    struct detector *detector = closing->detector;
    int64_t at_us = detector->clock.watermark_us;
    if (dimension == DIMENSION_SHOP && key_shop_part(&space->layout, record)->silent)
        silence_event(closing, record, record->last_us);
    struct bucket_span span = bucket_span_at(key_shop(detector, record)->policy->zone, (enum bucket_width)record->width, at_us);
    key_ring_begin(&space->layout, record, span);
    record->last_us = record->first_us = at_us;
    record->day_events = 0;
    record->whole_days = record->whole_days ? 1 : 0;
    if (dimension == DIMENSION_SHOP)
        *key_shop_part(&space->layout, record) = (struct shop_part){0};
    space->due_us[record->number] = span.end_us;
}

void closing_restart(const struct closing *closing)
{
    struct detector *detector = closing->detector;
    int64_t due_us = INT64_MAX;
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        struct key_space *space = &detector->spaces[dimension];
        for (uint32_t i = 0; i < space->pool.count; i++) {
            struct key_record *record = record_pool_at(&space->pool, i);
            if (record->live)
                restart_key(closing, space, (enum dimension)dimension, record);
            due_us = space->due_us[i] < due_us ? space->due_us[i] : due_us;
        }
    }
    detector->due_us = due_us;
}
