/*
 * The channels that are told of anomalies and incidents while `run` runs: those that the configuration has.
 */
#ifndef CLI_RUN_ALERTS_H
#define CLI_RUN_ALERTS_H

#include "alerts/alert_sender.h"
#include "cli/app_config.h"
#include "postgres/pg_sink.h"

#define RUN_ALERTS_MAX 2

struct run_alerts {
    struct alert_sender *senders[RUN_ALERTS_MAX];
    size_t count;
};

/* Starts a thread for each; config and sink are borrowed until run_alerts_stop. false with err. */
bool run_alerts_start(struct run_alerts *alerts, const struct app_config *config, const struct pg_sink_config *sink, struct err *err);

/* Sends what is left, for some seconds; the next run tells the rest. Harmless where nothing was started. */
void run_alerts_stop(struct run_alerts *alerts);

#endif
