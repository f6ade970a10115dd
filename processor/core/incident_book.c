/*
 * What the world is told. Facts are written once and never taken back, so what has changed is told anew: an anomaly with one more edit,
 * an incident with the next revision. Nothing is told twice: a digest of what was said last stands beside it.
 */
#include <math.h>
#include <string.h>

#include "core/detector_internal.h"
#include "core/hypothesis.h"
#include "core/mix.h"

static uint64_t bits(double value)
{
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

static struct text key_text(const struct closing *closing, const struct watched *watched)
{
    const struct key_record *record = watched->record;
    return closing_text(closing, key_texts_at(&watched->space->texts, record->text_at, record->text_len));
}

static enum metric metric_of(const struct watched *watched)
{
    return watched->space->layout.metrics[watched->slot];
}

static bool is_alert(const struct closing *closing, const struct watched *watched, const struct verdict *verdict)
{
    const struct detector_metric_config *config = &closing->detector->config.metrics[metric_of(watched)];
    return fabs(verdict->strength) * config->scorer.last_z >= config->alert_z;
}

static enum severity severity_of(const struct closing *closing, const struct watched *watched, const struct verdict *verdict)
{
    return verdict->flat ? SEVERITY_FLAT : is_alert(closing, watched, verdict) ? SEVERITY_ALERT : SEVERITY_WARN;
}

static uint32_t anomaly_digest(const struct verdict *verdict, bool stands_out)
{
    struct mix mix;
    mix_init(&mix, stands_out);
    if (verdict) {
        mix_two(&mix, bits(verdict->value), bits(verdict->expected));
        mix_two(&mix, bits(verdict->z), verdict->n);
    }
    return (uint32_t)mix_end(&mix);
}

static struct text anomaly_cause(const struct closing *closing, const struct watched *watched, const struct bucket *bucket)
{
    char text[HYPOTHESIS_TEXT_BYTES];
    size_t len = cause_text(closing->detector, watched, bucket, text, sizeof text);
    return len ? closing_text(closing, (struct text){text, (uint32_t)len}) : (struct text){0};
}

void tell_anomaly(const struct closing *closing, const struct watched *watched, struct bucket *bucket, const struct verdict *verdict,
                  bool stands_out)
{
    struct told *told = bucket_told(bucket, watched->slot);
    bool known = told->tellings && !told->withdrawn;
    uint32_t digest = stands_out || known ? anomaly_digest(verdict, stands_out) : 0;
    if ((!stands_out && !known) || (stands_out && known && told->digest == digest))
        return;
    const struct verdict none = {0};
    const struct verdict *shown = verdict ? verdict : &none;
    enum severity severity = severity_of(closing, watched, shown);
    struct detector_counters *counters = &closing->detector->counters;
    counters->withdrawn += !stands_out;
    if (!told->tellings)
        *(is_alert(closing, watched, shown) ? &counters->alerts : &counters->warnings) += 1;
    *facts_add_anomaly(closing->facts) = (struct anomaly_fact){
        .shop = key_shop(closing->detector, watched->record),
        .metric = metric_of(watched),
        .dimension = watched->dimension,
        .key = key_text(closing, watched),
        .window_start_us = bucket->start_us,
        .width_us = bucket->end_us - bucket->start_us,
        .baseline = "buckets",
        .value = shown->value,
        .expected = shown->expected,
        .lower = shown->lower,
        .upper = shown->upper,
        .z_raw = shown->z_raw,
        .z_calibrated = shown->z,
        .n = shown->n,
        .severity = severity,
        .above = shown->z > 0,
        .edits = told->tellings,
        .withdrawn = !stands_out,
        .hypothesis = stands_out ? anomaly_cause(closing, watched, bucket) : (struct text){0},
        .origin = closing->origin,
    };
    told->tellings++;
    told->withdrawn = !stands_out;
    told->digest = digest;
}

struct incident_entry *incident_entry_of(struct detector *detector, struct series *series, bool make)
{
    if (!series->incident && make) {
        uint32_t number = record_pool_take(&detector->incidents);
        series->incident = number == RECORD_NONE ? 0 : number + 1;
    }
    return series->incident ? record_pool_at(&detector->incidents, series->incident - 1) : NULL;
}

/* What the series of a child has in common with one of its shop. False where the shop has none of that metric. */
static bool parent_of(const struct closing *closing, const struct watched *watched, struct watched *ret_parent)
{
    struct detector *detector = closing->detector;
    struct key_space *space = &detector->spaces[DIMENSION_SHOP];
    struct key_record *record = watched->dimension == DIMENSION_SHOP ? NULL : shop_record(detector, watched->record->shop);
    int slot = space->layout.slot_of[metric_of(watched)];
    if (!record || slot < 0)
        return false;
    *ret_parent = (struct watched){space, DIMENSION_SHOP, record, (unsigned)slot};
    return true;
}

static bool overlaps(const struct incident_view *view, bool above, int64_t start_us, int64_t end_us)
{
    if (!view->exists || view->status == INCIDENT_WITHDRAWN || view->above != above)
        return false;
    return view->opened_us < end_us && (view->status == INCIDENT_OPEN || start_us < view->last_us);
}

/* The parent's incident that a child's bucket is a part of: NULL where there is none. */
static const struct incident_view *parent_incident(const struct closing *closing, const struct watched *parent, bool above,
                                                   int64_t start_us, int64_t end_us)
{
    struct series *series = key_series(&parent->space->layout, parent->record, parent->slot);
    const struct incident_entry *entry = incident_entry_of(closing->detector, series, false);
    if (!entry)
        return NULL;
    if (overlaps(&entry->now, above, start_us, end_us))
        return &entry->now;
    return overlaps(&entry->told, above, start_us, end_us) ? &entry->told : NULL;
}

static void open_view(const struct closing *closing, const struct watched *watched, const struct verdict *verdict,
                      const struct bucket *bucket, struct incident_view *view)
{
    struct watched parent;
    bool above = verdict->strength > 0;
    *view = (struct incident_view){.opened_us = bucket->start_us, .closed_us = EVENT_ABSENT, .status = INCIDENT_OPEN, .above = above,
                                   .severity = (uint8_t)severity_of(closing, watched, verdict), .exists = true};
    view->folded = parent_of(closing, watched, &parent) &&
                   parent_incident(closing, &parent, above, bucket->start_us, bucket->end_us) != NULL;
}

static void take_peak(struct incident_view *view, const struct verdict *verdict, const struct bucket *bucket)
{
    if (view->bucket_count > 1 && fabs(verdict->z) <= fabs(view->z))
        return;
    view->peak_us = bucket->start_us;
    view->width_us = bucket->end_us - bucket->start_us;
    view->value = verdict->value;
    view->expected = verdict->expected;
    view->lower = verdict->lower;
    view->upper = verdict->upper;
    view->z = verdict->z;
}

/* A warning, then a flat baseline that changed, then an alert. */
static int rank(enum severity severity)
{
    return severity == SEVERITY_WARN ? 0 : severity == SEVERITY_FLAT ? 1 : 2;
}

void incident_step(const struct closing *closing, const struct watched *watched, struct incident_view *view, enum gate_event event,
                   const struct verdict *verdict, bool stands_out, const struct bucket *bucket)
{
    if (event == GATE_OPENED)
        open_view(closing, watched, verdict, bucket, view);
    if (event == GATE_NOTHING || !view->exists || view->status != INCIDENT_OPEN)
        return;
    view->last_us = bucket->end_us;
    if (event == GATE_RECOVERED || event == GATE_NEW_NORMAL) {
        view->status = event == GATE_RECOVERED ? INCIDENT_RECOVERED : INCIDENT_NEW_NORMAL;
        view->closed_us = bucket->end_us;
        return;
    }
    if (!verdict || (verdict->strength > 0) != view->above || !(stands_out || event == GATE_OPENED))
        return;
    view->bucket_count++;
    take_peak(view, verdict, bucket);
    enum severity severity = severity_of(closing, watched, verdict);
    if (rank(severity) > rank((enum severity)view->severity))
        view->severity = (uint8_t)severity;
}

static uint64_t incident_digest(const struct incident_view *view, uint32_t child_count)
{
    struct mix mix;
    mix_init(&mix, (uint64_t)view->status << 8 | view->severity);
    mix_two(&mix, (uint64_t)view->opened_us, (uint64_t)view->closed_us);
    mix_two(&mix, (uint64_t)view->peak_us, (uint64_t)view->bucket_count << 32 | child_count);
    mix_two(&mix, bits(view->value), bits(view->expected));
    mix_two(&mix, bits(view->z), view->above);
    return mix_end(&mix);
}

/* As long as the bucket that stood out most is there, of that one; afterwards what was said of it stays. */
static void learn_cause(const struct closing *closing, const struct watched *watched, const struct incident_view *view,
                        struct incident_entry *entry)
{
    const struct key_layout *layout = &watched->space->layout;
    for (unsigned place = 0; place < watched->record->count && view->status == INCIDENT_OPEN; place++) {
        const struct bucket *bucket = key_bucket(layout, watched->record, place);
        if (bucket->start_us == view->peak_us)
            entry->cause_len = (uint32_t)cause_text(closing->detector, watched, bucket, entry->cause, sizeof entry->cause);
    }
}

/* Tells view, unless that is what was told last. */
static void tell(const struct closing *closing, const struct watched *watched, struct incident_entry *entry,
                 const struct incident_view *view)
{
    uint32_t child_count = entry->children_of_us == view->opened_us ? entry->child_count : 0;
    uint64_t digest = incident_digest(view, child_count);
    bool same = entry->told.exists && entry->told.opened_us == view->opened_us;
    if (same && entry->digest == digest)
        return;
    if (!same) {
        /* One that comes again after another was told in its place goes on counting: no revision is given twice. */
        bool is_later = !entry->revision_max || view->opened_us > entry->opened_max_us;
        entry->revision = is_later ? 0 : entry->revision_max;
        entry->opened_max_us = is_later ? view->opened_us : entry->opened_max_us;
        closing->detector->counters.incidents++;
    }
    entry->revision++;
    entry->revision_max = entry->revision > entry->revision_max ? entry->revision : entry->revision_max;
    entry->told = *view;
    entry->digest = digest;
    if (!same)
        entry->cause_len = 0;
    learn_cause(closing, watched, view, entry);
    *facts_add_incident(closing->facts) = (struct incident_fact){
        .shop = key_shop(closing->detector, watched->record),
        .metric = metric_of(watched),
        .dimension = watched->dimension,
        .key = key_text(closing, watched),
        .opened_us = view->opened_us,
        .last_us = view->last_us,
        .closed_us = view->closed_us,
        .revision = entry->revision,
        .status = (enum incident_status)view->status,
        .severity = (enum severity)view->severity,
        .above = view->above,
        .value = view->value,
        .expected = view->expected,
        .lower = view->lower,
        .upper = view->upper,
        .z_calibrated = view->z,
        .peak_us = view->peak_us,
        .width_us = view->width_us,
        .bucket_count = view->bucket_count,
        .child_count = child_count,
        .hypothesis = entry->cause_len ? closing_text(closing, (struct text){entry->cause, entry->cause_len}) : (struct text){0},
        .origin = closing->origin,
    };
}

static void withdraw(const struct closing *closing, const struct watched *watched, struct incident_entry *entry)
{
    struct incident_view view = entry->told;
    view.status = INCIDENT_WITHDRAWN;
    view.closed_us = view.last_us;
    tell(closing, watched, entry, &view);
}

static bool is_told_open(const struct incident_entry *entry)
{
    return entry->told.exists && entry->told.status == INCIDENT_OPEN;
}

bool incident_is_over(const struct detector *detector, const struct series *series)
{
    if (!series->incident)
        return true;
    const struct incident_entry *entry = record_pool_at(&detector->incidents, series->incident - 1);
    return !is_told_open(entry) && !(entry->now.exists && entry->now.status == INCIDENT_OPEN);
}

static bool is_same(const struct incident_view *a, const struct incident_view *b)
{
    return a->exists && b->exists && a->opened_us == b->opened_us && !a->folded && !b->folded;
}

static struct series *series_of(const struct watched *watched)
{
    return key_series(&watched->space->layout, watched->record, watched->slot);
}

void incident_tell_settled(const struct closing *closing, const struct watched *watched, int64_t bucket_start_us)
{
    struct incident_entry *entry = incident_entry_of(closing->detector, series_of(watched), false);
    if (!entry)
        return;
    if (is_told_open(entry) && entry->told.opened_us <= bucket_start_us && !is_same(&entry->told, &entry->now))
        withdraw(closing, watched, entry);
    if (entry->now.exists && !entry->now.folded && (entry->now.status == INCIDENT_OPEN || is_same(&entry->told, &entry->now)))
        tell(closing, watched, entry, &entry->now);
}

void incident_tell_ahead(const struct closing *closing, const struct watched *watched, const struct incident_view *view)
{
    struct incident_entry *entry = incident_entry_of(closing->detector, series_of(watched), view->exists && !view->folded);
    if (!entry)
        return;
    if (is_told_open(entry) && !is_same(&entry->told, view) && !is_same(&entry->told, &entry->now))
        withdraw(closing, watched, entry);
    if (view->exists && !view->folded)
        tell(closing, watched, entry, view);
}

void incident_forget(const struct closing *closing, const struct watched *watched, int64_t at_us)
{
    struct series *series = series_of(watched);
    struct incident_entry *entry = incident_entry_of(closing->detector, series, false);
    if (!entry)
        return;
    if (is_told_open(entry)) {
        struct incident_view view = entry->told;
        view.status = INCIDENT_NEW_NORMAL;
        view.closed_us = view.last_us = at_us;
        tell(closing, watched, entry, &view);
    }
    record_pool_give_back(&closing->detector->incidents, series->incident - 1);
    series->incident = 0;
}

void incident_fold(const struct closing *closing, const struct watched *watched, const struct incident_view *view)
{
    struct watched parent;
    if (!parent_of(closing, watched, &parent))
        return;
    const struct incident_view *whole = parent_incident(closing, &parent, view->above, view->opened_us, view->last_us);
    if (!whole)
        return;
    struct incident_entry *entry = incident_entry_of(closing->detector, series_of(&parent), false);
    if (entry->children_of_us != whole->opened_us)
        entry->child_count = 0;
    entry->children_of_us = whole->opened_us;
    entry->child_count++;
    if (is_same(&entry->told, whole)) {
        struct incident_view told = entry->told;
        tell(closing, &parent, entry, &told);
    }
}
