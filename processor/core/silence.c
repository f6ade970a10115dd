/*
 * Whether a shop's source is alive. Orders that do not come at all are another matter than orders that have become fewer: the events expected
 * in the empty buckets that came last are added up, and once they are so many that chance cannot have kept them all away
 * (exp(-SILENCE_MISSED_MIN), if they come independently), the source is silent. A method that knows no hours of the day does not know that
 * nights are quiet: there it takes a whole day, too. Ad platforms report days, also poor ones: there a day without any report is silence.
 * Refunds may stay away.
 *
 * Everything from the last event before to the first event after is the silence; a bucket of any key of the shop that has lost more
 * than SILENCE_SHARE of its time to it says nothing and is neither judged nor learnt. Before the silence is told, its first buckets
 * may have been judged as drops: they are withdrawn if they can still be.
 */
#include <math.h>

#include "core/detector_internal.h"

#define SILENCE_MISSED_MIN 16.0
#define SILENCE_SHARE 8 /* a bucket may lose an eighth */
#define REPORTED_DAYS_MIN 7

/* The events that the bucket should have held. */
static double expected_events(const struct detector *detector, const struct key_record *record, const struct bucket *bucket)
{
    const struct key_layout *layout = &detector->spaces[DIMENSION_SHOP].layout;
    int slot = layout->slot_of[METRIC_ORDERS];
    if (slot < 0)
        return 0;
    struct series *series = key_series(layout, record, (unsigned)slot);
    enum bucket_width width = (enum bucket_width)record->width;
    const struct scorer_config *config = &detector->scorers[METRIC_ORDERS][width];
    if (series->width != (uint32_t)width + 1 || scorer_count(series_scorer(series)) < config->warm_up)
        return 0;
    return scorer_expected(series_scorer(series), config, bucket_slot(key_shop(detector, record)->policy->zone, bucket->start_us));
}

/* How many are missed once this bucket stayed empty too; and from how many on it is silence. */
static bool is_silence(const struct detector *detector, const struct key_record *record, const struct bucket *bucket,
                       struct shop_part *part)
{
    if (detector->feed == FEED_SPEND) {
        part->missed += (double)record->usual[PART_EVENTS];
        return part->whole >= REPORTED_DAYS_MIN;
    }
    part->missed += expected_events(detector, record, bucket);
    bool knows_hours = detector->config.metrics[METRIC_ORDERS].scorer.method == SCORER_SEASONAL;
    return detector->feed == FEED_ORDERS && part->missed >= SILENCE_MISSED_MIN &&
           (knows_hours || bucket->end_us - part->opened_us >= 24 * US_PER_HOUR);
}

static void tell_silence(const struct closing *closing, const struct key_record *record, struct shop_part *part,
                         enum incident_status status, int64_t closed_us, int64_t width_us)
{
    const struct shop *shop = key_shop(closing->detector, record);
    double z = -sqrt(2 * part->opened_missed); /* the deviance residual of a Poisson count of 0 */
    part->revision++;
    *facts_add_incident(closing->facts) = (struct incident_fact){
        .shop = shop, .metric = METRIC_SOURCE_SILENT, .dimension = DIMENSION_SHOP, .key = {"", 0},
        .opened_us = part->opened_us, .last_us = closed_us == EVENT_ABSENT ? part->declared_us : closed_us, .closed_us = closed_us,
        .revision = part->revision, .status = status, .severity = SEVERITY_ALERT, .expected = part->opened_missed,
        .lower = 1, .upper = 2 * part->opened_missed, .z_calibrated = z, .peak_us = part->opened_us, .width_us = width_us,
        .bucket_count = part->empty, .origin = closing->origin,
    };
    if (status != INCIDENT_OPEN && status != INCIDENT_WITHDRAWN)
        return;
    *facts_add_anomaly(closing->facts) = (struct anomaly_fact){
        .shop = shop, .metric = METRIC_SOURCE_SILENT, .dimension = DIMENSION_SHOP, .key = {"", 0},
        .window_start_us = part->opened_us, .width_us = width_us, .baseline = "buckets", .expected = part->opened_missed, .lower = 1,
        .upper = 2 * part->opened_missed, .z_raw = z, .z_calibrated = z, .severity = SEVERITY_ALERT,
        .edits = status == INCIDENT_WITHDRAWN, .withdrawn = status == INCIDENT_WITHDRAWN, .origin = closing->origin,
    };
}

static void declare(const struct closing *closing, const struct key_record *record, struct shop_part *part, const struct bucket *bucket)
{
    part->silent = true;
    part->from_us = record->last_us;
    part->to_us = INT64_MAX;
    part->declared_us = bucket->end_us;
    part->opened_missed = part->missed;
    part->revision = 0;
    if (!closing->detector->config.metrics[METRIC_SOURCE_SILENT].enabled[DIMENSION_SHOP])
        return;
    closing->detector->counters.silences++;
    closing->detector->counters.incidents++;
    closing->detector->counters.alerts++;
    tell_silence(closing, record, part, INCIDENT_OPEN, EVENT_ABSENT, bucket->end_us - bucket->start_us);
}

void silence_closed(const struct closing *closing, struct key_record *record, const struct bucket *bucket)
{
    struct shop_part *part = key_shop_part(&closing->detector->spaces[DIMENSION_SHOP].layout, record);
    part->whole += part->whole < UINT32_MAX;
    if (bucket->sums[PART_EVENTS] > 0) {
        part->missed = 0;
        part->empty = 0;
        return;
    }
    if (!part->empty)
        part->opened_us = bucket->start_us;
    part->empty++;
    if (!part->silent && is_silence(closing->detector, record, bucket, part))
        declare(closing, record, part, bucket);
}

/* An event of before the silence was declared takes it back: the events were late, not lost. */
void silence_event(const struct closing *closing, struct key_record *record, int64_t at_us)
{
    struct shop_part *part = key_shop_part(&closing->detector->spaces[DIMENSION_SHOP].layout, record);
    bool was_late = at_us > part->from_us && at_us < part->declared_us;
    part->silent = false;
    part->to_us = was_late ? part->from_us : at_us > part->from_us ? at_us : part->declared_us;
    part->missed = 0;
    part->empty = 0;
    if (closing->detector->config.metrics[METRIC_SOURCE_SILENT].enabled[DIMENSION_SHOP])
        tell_silence(closing, record, part, was_late ? INCIDENT_WITHDRAWN : INCIDENT_RECOVERED, was_late ? part->declared_us : part->to_us,
                     part->declared_us - part->opened_us);
}

bool silence_covers(const struct detector *detector, const struct key_record *record, const struct bucket *bucket)
{
    const struct key_record *shop = shop_record(detector, record->shop);
    if (!shop)
        return false;
    const struct shop_part *part = key_shop_part(&detector->spaces[DIMENSION_SHOP].layout, shop);
    int64_t from_us = part->from_us > bucket->start_us ? part->from_us : bucket->start_us;
    int64_t to_us = part->to_us < bucket->end_us ? part->to_us : bucket->end_us;
    return to_us > from_us && to_us - from_us > (bucket->end_us - bucket->start_us) / SILENCE_SHARE;
}
