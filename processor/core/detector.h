/*
 * Rolling z-scores over the series of one partition. Two kinds of tests: an event's value against the key's last events,
 * and an hour's or a day's total, once its bucket is closed, against the key's last buckets. The tested point never
 * belongs to its own baseline. Pure: output is a function of the calls so far. Not thread-safe.
 */
#ifndef CORE_DETECTOR_H
#define CORE_DETECTOR_H

#include "core/fact.h"
#include "core/snapshot.h"

struct detector_metric_config {
    bool enabled;
    double warn_z, alert_z;  /* decided on the calibrated z; warn <= alert */
    double floor_relative;   /* sd is at least this share of |mean| ... */
    double floor_unit;       /* ... and at least this much, in the metric's unit */
    uint32_t window;         /* events, a multiple of 16: the baseline holds 15/16 of them to all; or buckets, 2 to 1024: exact */
    uint32_t warm_up;        /* values needed before the first verdict, >= 2 */
};

struct detector_config {
    struct detector_metric_config metrics[METRIC_COUNT];
    int64_t lateness_us;     /* a bucket stays open for late events this long after its end */
    uint32_t keys_max;       /* more keys are not tracked, but counted */
};

/* Sensible values of every field, as documented in the configuration. */
void detector_config_default(struct detector_config *ret_config);

struct detector_counters {
    uint64_t keys;
    uint64_t keys_refused; /* values of keys that found no room; a key that keeps coming counts again */
    uint64_t late_values;  /* too late for their bucket */
    uint64_t tests;
    uint64_t warnings, alerts; /* a flat one is either, by its z */
};

struct detector;

/* Copies config. Returns NULL when memory is out. */
struct detector *detector_new(const struct detector_config *config);
void detector_free(struct detector *detector);

/* One series: a metric of a shop and key. hash identifies (shop, key) and must differ between metrics only by metric. */
struct series {
    enum metric metric;
    const struct shop *shop;
    uint64_t hash;
    struct text key; /* what an anomaly shows; copied to facts' memory when one is raised */
};

/* Tests value against the series' last events, raises an anomaly in facts where it stands out, then takes it in. */
void detector_event(struct detector *detector, const struct series *series, int64_t event_time_us, double value,
                    struct origin origin, struct facts *facts);

/* Hints that detector_event will be called for (metric, hash) soon: some work ahead the place, nearer to it the values. */
void detector_prefetch_place(const struct detector *detector, enum metric metric, uint64_t hash);
void detector_prefetch_values(const struct detector *detector, enum metric metric, uint64_t hash);

/* Adds value to the bucket of event_time_us. replaced is what an earlier revision had added (0 the first time): a restated
 * figure moves its bucket by the difference. A bucket that is closed but still in the window is edited there and not tested
 * again; older ones are counted in late_values. A time ahead of the watermark moves it. */
void detector_bucket(struct detector *detector, const struct series *series, int64_t event_time_us, double value,
                     double replaced, struct origin origin, struct facts *facts);

/* Event time has reached watermark_us: closes every bucket that ended lateness_us before it, oldest first, and tests it.
 * Empty buckets of an active key count as zero; the bucket in which a key was first seen is partial and is left out; a key silent
 * for longer than its window is forgotten (core/bucket_clock.h has the rules). origin: the event that moved the watermark,
 * which is what anomalies of closed buckets show. Cheap where nothing is due. A watermark that goes back changes nothing. */
void detector_advance(struct detector *detector, int64_t watermark_us, struct origin origin, struct facts *facts);

/* All but the counters, as a part of a section. A detector is restored under the same configuration; shop_of gives the shop of an id
 * and its hash, or NULL. False, and the detector is to be thrown away, where it does not fit or memory is out. */
void detector_save(const struct detector *detector, struct snapshot_writer *writer);
bool detector_restore(struct detector *detector, struct snapshot_reader *reader,
                      const struct shop *(*shop_of)(void *ctx, struct text id, uint64_t hash), void *ctx);

/* Counts from 0 again, but for the keys, which are there. */
void detector_forget_counters(struct detector *detector);

const struct detector_counters *detector_counters(const struct detector *detector);

#endif
