/*
 * What `run` says of its work: a line every few seconds, a summary at the end.
 */
#ifndef CLI_RUN_REPORT_H
#define CLI_RUN_REPORT_H

#include "processor/pipeline.h"

/* The pipeline's on_progress: one line to the log, if anything was read since the last. */
void run_report_progress(void *ctx, const struct pipeline *pipeline);

/* To stdout. */
void run_report_summary(const struct pipeline_counts *counts, double seconds, bool json);

#endif
