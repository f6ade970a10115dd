/*
 * Which values of a feed are out of the ordinary, and for how long. Keys are shops, and SKUs, categories, channels and campaigns within
 * them. Two kinds of tests: an event's value against the key's last events, and what a bucket of event time adds up to, against the
 * key's profile (core/scorer.h). The tested value never belongs to its own baseline. Pure: output is a function of the calls so far.
 * Not thread-safe.
 *
 * A bucket is judged when the watermark reaches its end, and for good when the lateness has passed too: late events have moved
 * it until then, and what was told may be told anew or withdrawn. Buckets without events count as zero, unless the whole shop fell silent
 * (then source_silent is told once, and what lies in the silence is neither judged nor learnt). The bucket in which a key was first seen
 * is left out. A key of which nothing came for forget_after_us is forgotten.
 */
#ifndef CORE_DETECTOR_H
#define CORE_DETECTOR_H

#include "core/fact.h"
#include "core/gate.h"
#include "core/metric.h"
#include "core/scorer.h"
#include "core/snapshot.h"

struct detector_metric_config {
    bool enabled[DIMENSION_COUNT];
    struct scorer_config scorer; /* of hourly buckets; wider ones take less of window and warm_up. A per-event metric uses its window (a
                                    multiple of 16: the baseline holds 15/16 of them to all), warm_up, floors and last_z */
    struct gate_config gate;     /* of per-bucket metrics */
    double alert_z;              /* severity: where last_z would have to be this large, an alert; below, a warning */
};

#define LATENESS_MAX_US (INT64_C(168) * 3600000000)

struct detector_config {
    struct detector_metric_config metrics[METRIC_COUNT];
    int64_t lateness_us;       /* how long buckets of orders and refunds can be changed by late events; at most LATENESS_MAX_US */
    int64_t spend_lateness_us; /* likewise of ad spend, whose platforms restate their days */
    int64_t forget_after_us;   /* at least a day more than either */
    uint32_t keys_max;         /* more keys are not tracked, but counted */
    uint32_t min_events;       /* a SKU, category or channel gets state with its how manieth event; at most 255 */
};

/* How long a feed's buckets can be changed. Days that make a rate are settled before they come. */
static inline int64_t detector_lateness_us(const struct detector_config *config, enum feed feed)
{
    return feed == FEED_RATES ? 0 : feed == FEED_SPEND ? config->spend_lateness_us : config->lateness_us;
}

/* Sensible values of every field, as documented in the configuration. */
void detector_config_default(struct detector_config *ret_config);

struct detector_counters {
    uint64_t keys;
    uint64_t keys_refused;  /* values of keys that found no room; a key that keeps coming counts again */
    uint64_t keys_awaited;  /* values of keys that had not come often enough yet */
    uint64_t keys_forgotten;
    uint64_t late_values;   /* too late for their bucket */
    uint64_t doubted_values; /* dated ahead of everything else; not in the statistics */
    uint64_t unusable_values; /* not finite, or beyond SCALE_VALUE_MAX: neither tested nor added */
    uint64_t clock_restarts;
    uint64_t width_changes;
    uint64_t tests;
    uint64_t warnings, alerts; /* a flat one is either, by its z */
    uint64_t withdrawn;        /* of those */
    uint64_t incidents;        /* opened and told */
    uint64_t silences;
};

/* Adds part to sum, field by field. */
void detector_counters_add(struct detector_counters *sum, const struct detector_counters *part);

struct detector;

/* Copies config; borrows shops, whose shop numbers the keys refer to. Returns NULL when memory is out. */
struct detector *detector_new(const struct detector_config *config, enum feed feed, const struct shop_table *shops);
void detector_free(struct detector *detector);

/*
 * Event time has reached at_us: closes what has ended and judges it. vouched: the log's own time says that at_us is not ahead.
 * origin: the event that moved the time, which is what anomalies of closed buckets show. Cheap where nothing is due. False
 * where the event is not to be believed (core/event_clock.h) and takes no part in statistics.
 */
bool detector_advance(struct detector *detector, int64_t at_us, bool vouched, struct origin origin, struct facts *facts);

/* A key of a shop. hash identifies it within its dimension; of the shop itself hash and text are not looked at. text is
 * copied when the key is new; at most 65,535 bytes. */
struct key {
    enum dimension dimension;
    const struct shop *shop;
    uint64_t hash;
    struct text text;
};

/* The key's record, begun where it is new and there is room for it; NULL where it has none. Good until the next call of
 * detector_key or detector_advance. at_us: of the event, which detector_advance was told of. */
struct key_record *detector_key(struct detector *detector, const struct key *key, int64_t at_us);

/* Adds sums to the bucket of at_us, which is counted in late_values where it can no longer be changed. A restated figure is added
 * as the difference to what it was. */
void detector_add(struct detector *detector, enum dimension dimension, struct key_record *record, int64_t at_us,
                  const double sums[PART_COUNT], struct origin origin, struct facts *facts);

/* Tests value against the key's last events, raises an anomaly in facts where it stands out, then takes it in. Nothing where the
 * metric is not wanted of that dimension. shown: the key that an anomaly shows; copied to facts' memory when one is raised. */
void detector_event(struct detector *detector, enum dimension dimension, struct key_record *record, enum metric metric,
                    int64_t at_us, double value, struct text shown, struct origin origin, struct facts *facts);

/* Up to when all buckets have been judged for good. */
struct settled_until {
    int64_t at_us; /* INT64_MIN: none has */
    uint32_t era;  /* how often time had gone back */
};
struct settled_until detector_settled_until(const struct detector *detector);

/* Time lies at at_us from now on: what is open is given up, what was learnt stays. */
void detector_turn_back(struct detector *detector, int64_t at_us, struct origin origin, struct facts *facts);

/* Whether anything is wanted of that dimension. */
bool detector_wants(const struct detector *detector, enum dimension dimension);

/* Hints that detector_key will be called for it soon: some work ahead the place, nearer to it the record. */
void detector_prefetch_place(const struct detector *detector, enum dimension dimension, uint64_t hash);
void detector_prefetch_record(const struct detector *detector, enum dimension dimension, uint64_t hash);

/* All but the counters, as a part of a section. A detector is restored new, under the same configuration and feed, when the shops are in
 * its table under their numbers. False, and the detector is to be thrown away, where it does not fit or memory is out. */
void detector_save(const struct detector *detector, struct snapshot_writer *writer);
bool detector_restore(struct detector *detector, struct snapshot_reader *reader);

/* Counts from 0 again, but for the keys, which are there. */
void detector_forget_counters(struct detector *detector);

const struct detector_counters *detector_counters(const struct detector *detector);

#endif
