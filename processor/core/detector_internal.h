/*
 * What a detector is made of, for the files that make it up: detector.c (values), detector_keys.c, closing.c (buckets), incident_book.c
 * (what is told), cause.c, silence.c, and whoever saves and restores it. Nobody else includes this.
 *
 * State is: clock, admission, and per key space count, free_head and the bytes of the records, used and the bytes of the texts; likewise
 * of the book of incidents. All else is derived, by detector_reindex.
 */
#ifndef CORE_DETECTOR_INTERNAL_H
#define CORE_DETECTOR_INTERNAL_H

#include "core/admission.h"
#include "core/detector.h"
#include "core/event_clock.h"
#include "core/key_record.h"
#include "core/key_table.h"
#include "core/key_texts.h"
#include "core/record_pool.h"

/* The keys of one dimension. */
struct key_space {
    struct key_layout layout;
    bool wanted;
    struct record_pool pool; /* of struct key_record */
    struct key_texts texts;
    struct key_table table;  /* derived; not used of shops */
    int64_t *due_us;         /* derived, by record number: the watermark at which there is something to do; INT64_MAX: never */
    uint32_t due_room;
};

struct incident_view {
    int64_t opened_us, last_us, closed_us, peak_us, width_us;
    double value, expected, lower, upper, z;
    uint32_t bucket_count;
    uint8_t status, severity;
    bool above, folded, exists;
};

#define INCIDENT_CAUSE_BYTES 260

/* What is known of a series' last incident, and what the world was told, which may be ahead by the buckets that can still change. */
struct incident_entry {
    uint32_t unused;         /* a free record's next */
    uint32_t revision, child_count;
    uint32_t revision_max;   /* of any so far */
    int64_t opened_max_us;   /* of any that was told */
    int64_t children_of_us;  /* opened_us of the one that child_count is of */
    struct incident_view now, told;
    uint64_t digest;         /* of told */
    uint32_t cause_len;
    char cause[INCIDENT_CAUSE_BYTES]; /* of the bucket that stood out most; kept, because it is told again when the bucket is gone */
};

struct detector {
    struct detector_config config;
    struct scorer_config scorers[METRIC_COUNT][WIDTH_COUNT]; /* config's, by width */
    struct gate_config gates[METRIC_COUNT][WIDTH_COUNT];
    enum feed feed;
    int64_t lateness_us;
    const struct shop_table *shops;
    struct event_clock clock;
    struct admission admission;
    struct key_space spaces[DIMENSION_COUNT];
    struct record_pool incidents; /* of struct incident_entry */
    int64_t due_us;               /* derived: the earliest of the spaces' */
    uint32_t *shop_numbers;       /* derived: by shop number, its record's number + 1 */
    uint32_t shop_room;
    struct scorer *scratch;       /* room for the largest scorer */
    struct detector_counters counters;
};

/* What a change is put down to. */
struct closing {
    struct detector *detector;
    struct origin origin;
    struct facts *facts;
};

const struct shop *key_shop(const struct detector *detector, const struct key_record *record);

/* The record of a key's shop; NULL where it has none. */
struct key_record *shop_record(const struct detector *detector, uint32_t shop);

struct text closing_text(const struct closing *closing, struct text text);

/* closing.c */
void closing_sweep(const struct closing *closing);
void closing_restart(const struct closing *closing);
int64_t key_due_us(const struct detector *detector, const struct key_layout *layout, const struct key_record *record);

/* detector_keys.c */
void detector_forget(struct detector *detector, struct key_space *space, struct key_record *record);

/* Derived parts anew from the records; false when memory is out. */
bool detector_reindex(struct detector *detector);

/* incident_book.c: one series of a key. */
struct watched {
    struct key_space *space;
    enum dimension dimension;
    struct key_record *record;
    unsigned slot;
};

/* Tells, edits or withdraws the anomaly of a bucket. verdict: NULL where there is none any more. */
void tell_anomaly(const struct closing *closing, const struct watched *watched, struct bucket *bucket, const struct verdict *verdict,
                  bool stands_out);

/* How an incident goes on by one bucket. stands_out: the bucket is one that does. */
void incident_step(const struct closing *closing, const struct watched *watched, struct incident_view *view, enum gate_event event,
                   const struct verdict *verdict, bool stands_out, const struct bucket *bucket);

/* The entry of a series; a new one where it had none, NULL when memory is out. */
struct incident_entry *incident_entry_of(struct detector *detector, struct series *series, bool make);

/* That nothing goes on in a series, and the world knows: none was ever opened, or the last one has ended and is not told to be open. Then a
 * bucket in which nothing stands out has nothing to tell. */
bool incident_is_over(const struct detector *detector, const struct series *series);

/* The world learns what it does not know yet: of a bucket that is settled, and of those that may still change, given the incident that is
 * open then (exists is false: none). What it was told of and is not so any more is withdrawn. */
void incident_tell_settled(const struct closing *closing, const struct watched *watched, int64_t bucket_start_us);
void incident_tell_ahead(const struct closing *closing, const struct watched *watched, const struct incident_view *view);

/* Its key is forgotten. */
void incident_forget(const struct closing *closing, const struct watched *watched, int64_t at_us);

/* One more child of the parent's incident, which view was folded into. */
void incident_fold(const struct closing *closing, const struct watched *watched, const struct incident_view *view);

/* cause.c: what a bucket that stands out is consistent with, in at most room bytes, its end included. Returns its length; 0 where nothing can
 * be said. Looks at all keys of the shop. */
size_t cause_text(const struct detector *detector, const struct watched *watched, const struct bucket *bucket, char *ret_text, size_t room);

/* silence.c */
void silence_closed(const struct closing *closing, struct key_record *record, const struct bucket *bucket);
void silence_event(const struct closing *closing, struct key_record *record, int64_t at_us);
bool silence_covers(const struct detector *detector, const struct key_record *record, const struct bucket *bucket);

#endif
