/*
 * Named time zones of the system's database (/usr/share/zoneinfo) as plain tables of UTC offsets, up to the year 2100.
 * Reads the files itself: neither the environment nor the C library's idea of local time is asked or changed, so any thread
 * may call at any time.
 */
#ifndef COMMON_TZ_H
#define COMMON_TZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define TZ_CHANGES_MAX 512
#define TZ_NAME_BYTES_MAX 64
#define TZ_YEAR_MAX 2100

/* offset_s[i] (seconds east of UTC, less than a day) holds from change_us[i] (inclusive) to change_us[i + 1];
 * change_us[0] is INT64_MIN. Neighbouring offsets differ. */
struct tz_table {
    size_t count; /* at least 1 */
    int64_t change_us[TZ_CHANGES_MAX];
    int32_t offset_s[TZ_CHANGES_MAX];
};

/* The zone of that name, as in "Europe/London". A name that is not a zone's is an error that suggests the nearest one.
 * "UTC" needs no database. On failure fills err (FATAL, configuration) and leaves the table as it was. */
bool tz_load(const char *name, struct tz_table *ret_table, struct err *err);

/* The table in the bytes of a TZif file, version 2 or later (RFC 8536). Any bytes are safe. */
bool tz_parse(const uint8_t *bytes, size_t size, struct tz_table *ret_table, struct err *err);

#endif
