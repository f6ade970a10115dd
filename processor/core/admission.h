/*
 * Which keys are worth state: those that come again. A key is counted by its hash in one of a fixed number of small counters before
 * it gets a record; two keys that share a counter let each other in early, which costs memory, never truth. Counts halve every
 * day of event time, so that a flood of keys that never come again does not open the gate for good.
 */
#ifndef CORE_ADMISSION_H
#define CORE_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#define ADMISSION_COUNTERS 65536

struct admission {
    int64_t halved_day; /* of the watermark */
    uint8_t counters[ADMISSION_COUNTERS];
};

/* One more value of the key: true where it is its min_events-th. */
bool admission_count(struct admission *admission, uint64_t hash, uint32_t min_events);

/* Event time has come to watermark_us. */
void admission_age(struct admission *admission, int64_t watermark_us);

#endif
