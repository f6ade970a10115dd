/*
 * What an import says of itself: totals and findings, for people or as one JSON object.
 */
#ifndef CLI_IMPORT_REPORT_H
#define CLI_IMPORT_REPORT_H

#include <stdio.h>

#include "producers/import_totals.h"

struct import_report {
    const struct import_format *format;
    const struct import_settings *settings;
    const char *zone_name;
    size_t file_count;
    const struct import_totals *totals;
    const struct findings *findings;
    uint64_t sent; /* records; 0 in a dry run */
};

/* Writes amount with its decimals: "-12.30" of -1230 at scale 2. */
void write_amount(FILE *out, int64_t amount_minor, int32_t scale);

void import_report_text(const struct import_report *report, FILE *out);
void import_report_json(const struct import_report *report, FILE *out);

/* Logs the findings, of each kind the first ones and how many there are. */
void import_report_findings(const struct import_report *report);

#endif
