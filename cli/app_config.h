/*
 * The whole configuration, checked: from defaults, file, environment (TILLSTREAM__KAFKA__BROKERS) and flags, the later ones over the
 * earlier ones. Every problem is reported with its place, all at once.
 */
#ifndef CLI_APP_CONFIG_H
#define CLI_APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/problems.h"
#include "core/detector.h"
#include "rules/shop_policy.h"

/* A key set from elsewhere than the file. */
struct override {
    const char *key;   /* "kafka.brokers" */
    const char *value; /* as YAML text */
    const char *origin; /* what problems name as the place: "--brokers", "TILLSTREAM__KAFKA__BROKERS" */
};

struct kafka_security {
    const char *protocol;       /* PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL */
    const char *sasl_mechanism; /* PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; NULL */
    const char *username;
    const char *password;       /* from password_file or the environment */
    const char *ca_file, *certificate_file, *key_file;
};

struct app_config {
    struct {
        const char *brokers;
        const char *group;
        const char *instance_id; /* NULL: dynamic membership */
        const char *orders_topic, *ad_spend_topic, *refunds_topic, *settlements_topic, *catalog_topic;
        const char *anomalies_topic; /* NULL: none */
        struct kafka_security security;
    } kafka;
    struct {
        const char *dsn;
        const char *password;       /* NULL: as libpq finds it */
        const char *owner_dsn;      /* of migrate; dsn where not given */
        const char *owner_password;
        const char *sslmode;        /* NULL: verify-full unless the server is local */
    } postgres;
    struct {
        const char *url;            /* NULL: none */
        const char *secret;
        int64_t budget_per_shop_hour, timeout_us;
    } webhook;
    const char *pipeline;           /* name of the position rows */
    struct {
        int64_t rows, bytes, linger_us;
    } batch;
    struct {
        int64_t stop_above_ppm, over_events;
    } quarantine;
    int64_t recent_orders; /* remembered per partition */
    int64_t shops_max;     /* per partition */
    struct detector_config detect;
    int64_t snapshot_every_us; /* of the engines' state */
    struct shop_policies *policies;
    void *texts;           /* owned: what the strings above point into */
};

/* Reads path (NULL: no file). false with problems. The configuration must be given to app_config_done either way. */
bool app_config_load(struct app_config *ret_config, const char *path, const struct override *overrides, size_t count,
                     struct problems *problems);
void app_config_done(struct app_config *config);

/* Whether all of "host:port, host" are this machine by name: localhost, 127.x.x.x, [::1]. */
bool brokers_are_local(const char *brokers);

#endif
