#include "cli/run_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"

void run_report_progress(void *ctx, const struct pipeline *pipeline)
{
    static uint64_t told; /* a quiet daemon is quiet */
    const struct pipeline_counts *counts = pipeline_counts(pipeline);
    (void)ctx;
    if (counts->records == told)
        return;
    log_info("%" PRIu64 " records read, %" PRId64 " to go, %" PRIu64 " refused, %" PRIu64 " anomalies", counts->records,
             pipeline_lag(pipeline), counts->writes.rejects, counts->anomalies);
    if (counts->detector.keys_refused)
        log_warn("%" PRIu64 " values so far are of keys beyond detect.keys_max: they are in the warehouse, but not watched",
                 counts->detector.keys_refused);
    told = counts->records;
}

struct figure {
    const char *name;
    uint64_t value;
};

static void print_json(const struct figure *figures, size_t count, double seconds)
{
    (void)printf("{\"seconds\": %.3f", seconds);
    for (size_t i = 0; i < count; i++)
        (void)printf(", \"%s\": %" PRIu64, figures[i].name, figures[i].value);
    (void)puts("}");
}

static void print_text(const struct figure *figures, size_t count, double seconds)
{
    (void)printf("%-22s %14.3f\n", "seconds", seconds);
    for (size_t i = 0; i < count; i++)
        if (figures[i].value)
            (void)printf("%-22s %14" PRIu64 "\n", figures[i].name, figures[i].value);
}

void run_report_summary(const struct pipeline_counts *counts, double seconds, bool json)
{
    const struct figure figures[] = {
        {"records", counts->records},
        {"records_per_s", seconds > 0 ? (uint64_t)((double)counts->records / seconds) : 0},
        {"batches", counts->batches},
        {"orders_new", counts->writes.orders_new},
        {"orders_revised", counts->writes.orders_revised},
        {"orders_duplicate", counts->writes.orders_duplicate + counts->engine.duplicates},
        {"orders_stale", counts->writes.orders_stale + counts->engine.stale},
        {"orders_folded", counts->engine.folded},
        {"ad_spends_new", counts->writes.ad_spends_new},
        {"ad_spends_revised", counts->writes.ad_spends_revised},
        {"ad_spends_duplicate", counts->writes.ad_spends_duplicate},
        {"refunds_new", counts->writes.refunds_new},
        {"refunds_revised", counts->writes.refunds_revised},
        {"refunds_duplicate", counts->writes.refunds_duplicate},
        {"settlements_new", counts->writes.settlements_new},
        {"settlements_revised", counts->writes.settlements_revised},
        {"settlements_duplicate", counts->writes.settlements_duplicate},
        {"settlements_unknown", counts->engine.settlements_unknown},
        {"settlements_broken", counts->engine.settlements_broken},
        {"catalog_new", counts->writes.catalog_new},
        {"catalog_revised", counts->writes.catalog_revised},
        {"catalog_duplicate", counts->writes.catalog_duplicate},
        {"refused", counts->writes.rejects},
        {"anomalies", counts->anomalies},
        {"late_values", counts->detector.late_values},
        {"keys_refused", counts->detector.keys_refused},
        {"doubted_values", counts->detector.doubted_values},
        {"unusable_values", counts->detector.unusable_values},
        {"clock_restarts", counts->detector.clock_restarts},
        {"fallbacks", counts->writes.fallbacks},
        {"retries", counts->writes.retries},
        {"fences", counts->fences},
        {"states_saved", counts->writes.states},
        {"state_bytes", counts->writes.state_bytes},
        {"state_pause_us", (uint64_t)counts->snapshot_pause_us},
        {"records_replayed", counts->replayed},
    };
    if (json)
        print_json(figures, sizeof figures / sizeof *figures, seconds);
    else
        print_text(figures, sizeof figures / sizeof *figures, seconds);
}
