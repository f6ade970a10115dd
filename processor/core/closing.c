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

/* A bucket that has ended, and what is the same for all metrics of its key. */
struct ended {
    struct bucket *bucket;
    enum bucket_width width;
    struct profile_slot slot;
    const struct calendar_event *known;
    bool is_judged; /* not what was not seen whole, and not what a known event mutes or a silence covers */
};

static void end_bucket(const struct detector *detector, const struct key_record *record, struct bucket *bucket, struct ended *ret_ended)
{
    const struct shop_policy *policy = key_shop(detector, record)->policy;
    const struct calendar_event *known = calendar_over(policy->calendar, bucket->start_us, bucket->end_us);
    ret_ended->bucket = bucket;
    ret_ended->width = bucket_width_of_span(bucket->start_us, bucket->end_us);
    ret_ended->slot = bucket_slot(policy->zone, bucket->start_us);
    ret_ended->known = known;
    ret_ended->is_judged = bucket->start_us > record->first_us && !(known && known->action == CALENDAR_MUTE) &&
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

/* The state that a bucket is judged by and moves: the series' own, or copies. */
struct judged {
    struct scorer *scorer;
    struct gate *gate;
    struct incident_view *view;
    bool learns, settles;
};

/* Whether the bucket has a value of that metric that is judged. weight: the events that it is the average of. */
static bool value_of(const struct watched *watched, const struct ended *ended, double *ret_value, uint32_t *ret_weight)
{
    enum metric metric = watched->space->layout.metrics[watched->slot];
    if (!ended->is_judged || !metric_of_bucket(metric, ended->bucket->sums, ret_value))
        return false;
    *ret_weight = metric_weight(metric, ended->bucket->sums);
    return true;
}

/* The usual case, cheap to tell: the value does not stand out, nothing goes on, and nothing was told of the bucket. Then all is done. */
static bool passes(const struct closing *closing, const struct watched *watched, const struct judged *state, const struct ended *ended)
{
    const struct key_layout *layout = &watched->space->layout;
    const struct scorer_config *config = &closing->detector->scorers[layout->metrics[watched->slot]][ended->width];
    double value;
    uint32_t weight;
    if (!layout->shown[watched->slot] || state->gate->is_open || ended->known || bucket_told(ended->bucket, watched->slot)->tellings ||
        !value_of(watched, ended, &value, &weight) || !scorer_pass(state->scorer, config, ended->slot, value, weight, state->learns))
        return false;
    if (state->settles) {
        gate_rest(state->gate);
        closing->detector->counters.tests++;
    }
    return true;
}

/* The same for every value. */
static void judge(const struct closing *closing, const struct watched *watched, const struct judged *state, const struct ended *ended)
{
    struct detector *detector = closing->detector;
    const struct key_layout *layout = &watched->space->layout;
    enum metric metric = layout->metrics[watched->slot];
    const struct scorer_config *config = &detector->scorers[metric][ended->width];
    const struct gate_config *gate_config = &detector->gates[metric][ended->width];
    struct bucket *bucket = ended->bucket;
    struct verdict verdict;
    double value;
    uint32_t weight;
    if (!value_of(watched, ended, &value, &weight)) {
        tell_anomaly(closing, watched, bucket, NULL, false);
        return;
    }
    bool tested = layout->shown[watched->slot] && scorer_test_average(state->scorer, config, ended->slot, value, weight, &verdict);
    bool learns = state->learns;
    if (tested && ended->known)
        learns = widen(ended->known, config->last_z, &verdict) && learns;
    enum gate_event event = layout->shown[watched->slot] ? gate_step(state->gate, gate_config, tested ? &verdict : NULL, bucket->start_us)
                                                          : GATE_NOTHING;
    bool stands_out = tested && matters(gate_config, &verdict);
    detector->counters.tests += tested && state->settles;
    tell_anomaly(closing, watched, bucket, tested ? &verdict : NULL, event == GATE_OPENED || (stands_out && !verdict.of_mean));
    incident_step(closing, watched, state->view, event, tested ? &verdict : NULL, stands_out, bucket);
    if (learns)
        scorer_learn_average(state->scorer, config, ended->slot, value, weight);
}

/* A scorer of hours knows nothing of days. */
static void fit_width(const struct watched *watched, struct series *series, enum bucket_width bucket_width)
{
    uint32_t width = (uint32_t)bucket_width + 1;
    if (series->width == width)
        return;
    memset(series_scorer(series), 0, watched->space->layout.scorer_bytes[watched->slot]);
    series->gate = (struct gate){0};
    series->width = width;
}

/* passed: nothing stood out, and gate and scorer have moved on. */
static void settle_incident(const struct closing *closing, const struct watched *watched, const struct ended *ended, bool passed)
{
    struct series *series = key_series(&watched->space->layout, watched->record, watched->slot);
    struct incident_entry *entry = incident_entry_of(closing->detector, series, false);
    struct incident_view view = entry ? entry->now : (struct incident_view){0};
    int64_t opened_us = view.opened_us;
    bool existed = view.exists;
    if (!passed)
        judge(closing, watched, &(struct judged){series_scorer(series), &series->gate, &view, true, true}, ended);
    if (view.exists && !entry)
        entry = incident_entry_of(closing->detector, series, true);
    if (!entry)
        return;
    entry->now = view;
    if (view.exists && view.folded && (!existed || view.opened_us != opened_us))
        incident_fold(closing, watched, &view);
    incident_tell_settled(closing, watched, ended->bucket->start_us);
}

static void settle_series(const struct closing *closing, const struct watched *watched, const struct ended *ended)
{
    struct series *series = key_series(&watched->space->layout, watched->record, watched->slot);
    if (ended->is_judged)
        fit_width(watched, series, ended->width);
    bool passed = passes(closing, watched, &(struct judged){series_scorer(series), &series->gate, NULL, true, true}, ended);
    if (!passed || !incident_is_over(closing->detector, series))
        settle_incident(closing, watched, ended, passed);
}

static void learn_usual(struct key_record *record, const struct ended *ended)
{
    float weight = usual_weight[ended->width];
    for (int i = 0; i < PART_COUNT; i++)
        record->usual[i] += weight * ((float)ended->bucket->sums[i] - record->usual[i]);
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
                                                               .sum = bucket->sums[given_back ? PART_REFUNDED : PART_GROSS],
                                                               .era = detector->clock.era,
                                                               .given_back = given_back};
}

static void settle_oldest(const struct closing *closing, struct key_space *space, enum dimension dimension, struct key_record *record)
{
    struct ended ended;
    end_bucket(closing->detector, record, key_bucket(&space->layout, record, 0), &ended);
    for (unsigned slot = 0; slot < space->layout.metric_count; slot++) {
        const struct watched watched = {space, dimension, record, slot};
        settle_series(closing, &watched, &ended);
    }
    if (ended.is_judged) {
        learn_usual(record, &ended);
        if (dimension == DIMENSION_SHOP)
            tell_settled(closing, record, ended.bucket);
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
static void judge_on_copies(const struct closing *closing, const struct watched *watched, const struct ended *ended, unsigned count)
{
    struct detector *detector = closing->detector;
    struct series *series = key_series(&watched->space->layout, watched->record, watched->slot);
    const struct incident_entry *entry = incident_entry_of(detector, series, false);
    struct incident_view view = entry ? entry->now : (struct incident_view){0}, candidate = {0};
    struct gate gate = series->gate;
    struct judged state = {series_scorer(series), &gate, &view, false, false};
    if (count > 1) { /* a single one needs no copy: nothing is tested after it */
        memcpy(detector->scratch, state.scorer, watched->space->layout.scorer_bytes[watched->slot]);
        state.scorer = detector->scratch;
        state.learns = true;
    }
    follow(&candidate, &view);
    for (unsigned place = 0; place < count; place++) {
        if (series->width != (uint32_t)ended[place].width + 1)
            break; /* the scorer begins anew with this one */
        if (!passes(closing, watched, &state, &ended[place]))
            judge(closing, watched, &state, &ended[place]);
        follow(&candidate, &view);
    }
    incident_tell_ahead(closing, watched, &candidate);
}

static void judge_series_ahead(const struct closing *closing, const struct watched *watched, const struct ended *ended, unsigned count)
{
    struct series *series = key_series(&watched->space->layout, watched->record, watched->slot);
    const struct judged state = {series_scorer(series), &series->gate, NULL, false, false};
    bool is_one = count == 1 && series->width == (uint32_t)ended->width + 1 && incident_is_over(closing->detector, series);
    if (!is_one || !passes(closing, watched, &state, ended))
        judge_on_copies(closing, watched, ended, count);
}

static void judge_ahead(const struct closing *closing, struct key_space *space, enum dimension dimension, struct key_record *record)
{
    struct ended ended[UINT8_MAX];
    unsigned count = record->count - 1u;
    for (unsigned place = 0; place < count; place++)
        end_bucket(closing->detector, record, key_bucket(&space->layout, record, place), &ended[place]);
    for (unsigned slot = 0; slot < space->layout.metric_count && count; slot++) {
        const struct watched watched = {space, dimension, record, slot};
        judge_series_ahead(closing, &watched, ended, count);
    }
}

/* A shop's rate is believed once it has seen each weekday; keys within shops are many, and theirs have to be coarse soon. */
static uint32_t days_min(enum dimension dimension)
{
    return dimension == DIMENSION_SHOP ? 8 : 2;
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
    if (feed_is_daily(detector->feed) || record->whole_days < days_min(dimension))
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
    judge_ahead(closing, space, dimension, record);
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
