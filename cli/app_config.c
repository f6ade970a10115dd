/*
 * Defaults stand in the struct before the readers run: a reader leaves them where the file says nothing.
 */
#include "cli/app_config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "alerts/http_post.h"
#include "common/log.h"
#include "cli/detect_config.h"
#include "cli/shop_config.h"
#include "common/yaml.h"

#define SECRET_BYTES_MAX 4096
#define SECRETS_MAX 8
#define MIB (INT64_C(1) << 20)
#define SECOND_US INT64_C(1000000)

struct texts {
    struct yaml_file file;
    char *secrets[SECRETS_MAX];
    size_t secret_count;
};

struct loading {
    struct app_config *config;
    struct texts *texts;
    struct yaml_file *file;
    struct problems *problems;
    bool ok;
};

static struct yaml_node *section(struct loading *loading, struct yaml_node *parent, const char *key)
{
    struct yaml_node *map = NULL;
    loading->ok &= yaml_map(loading->file, yaml_get(parent, key), loading->problems, &map);
    return map;
}

static void read_text(struct loading *loading, struct yaml_node *map, const char *key, const char **ret)
{
    loading->ok &= yaml_text(loading->file, yaml_get(map, key), loading->problems, ret);
}

static void read_int(struct loading *loading, struct yaml_node *map, const char *key, int64_t min, int64_t max, int64_t *ret)
{
    loading->ok &= yaml_int(loading->file, yaml_get(map, key), loading->problems, min, max, ret);
}

static void unknown_keys(struct loading *loading, struct yaml_node *map, const char *const *known)
{
    loading->ok &= yaml_unknown_keys(loading->file, map, loading->problems, known);
}

static const char *keep_secret(struct loading *loading, const char *secret, size_t len)
{
    if (loading->texts->secret_count == SECRETS_MAX)
        return NULL;
    char *copy = strndup(secret, len);
    loading->texts->secrets[loading->texts->secret_count++] = copy;
    return copy;
}

/* A secret stands in a file of its own, or in the environment as the key without "_file"; never in the configuration file. */
static void read_secret_file(struct loading *loading, struct yaml_node *node, const char *path, const char **ret)
{
    char bytes[SECRET_BYTES_MAX + 1];
    struct stat status;
    FILE *in = fopen(path, "rb");
    if (!in) {
        loading->ok = yaml_problem(loading->file, node, loading->problems, "%.200s cannot be read: %m", path);
        return;
    }
    size_t len = fread(bytes, 1, sizeof bytes, in);
    if (fstat(fileno(in), &status) == 0 && (status.st_mode & S_IROTH))
        log_warn("%s can be read by everybody on this machine; chmod 600 it", path);
    (void)fclose(in); /* only read from */
    while (len && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
        len--;
    if (len == sizeof bytes || !len || memchr(bytes, '\0', len))
        loading->ok = yaml_problem(loading->file, node, loading->problems, "%.200s does not hold a secret of 1 to %d bytes", path,
                                   SECRET_BYTES_MAX);
    else
        *ret = keep_secret(loading, bytes, len);
}

static void read_secret(struct loading *loading, struct yaml_node *map, const char *key, const char *file_key, const char **ret)
{
    struct yaml_node *direct = yaml_get(map, key), *node = yaml_get(map, file_key);
    const char *path = NULL, *secret = NULL;
    if (direct && !direct->origin) {
        loading->ok = yaml_problem(loading->file, direct, loading->problems,
                                   "a secret does not belong into the configuration; give the path of a file as %s", file_key);
        return;
    }
    loading->ok &= yaml_text(loading->file, direct, loading->problems, &secret);
    loading->ok &= yaml_text(loading->file, node, loading->problems, &path);
    if (secret)
        *ret = secret;
    else if (path)
        read_secret_file(loading, node, path, ret);
}

static void read_security(struct loading *loading, struct yaml_node *kafka)
{
    static const char *const known[] = {"protocol",      "sasl_mechanism",   "username", "password", "password_file",
                                        "ca_file", "certificate_file", "key_file", NULL};
    static const char *const protocols[] = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL", NULL};
    struct kafka_security *security = &loading->config->kafka.security;
    struct yaml_node *map = section(loading, kafka, "security");
    int protocol = 0;
    loading->ok &= yaml_choice(loading->file, yaml_get(map, "protocol"), loading->problems, protocols, &protocol);
    security->protocol = protocols[protocol];
    read_text(loading, map, "sasl_mechanism", &security->sasl_mechanism);
    read_text(loading, map, "username", &security->username);
    read_secret(loading, map, "password", "password_file", &security->password);
    read_text(loading, map, "ca_file", &security->ca_file);
    read_text(loading, map, "certificate_file", &security->certificate_file);
    read_text(loading, map, "key_file", &security->key_file);
    unknown_keys(loading, map, known);
}

/* What is written there must not come back as events. */
static void check_anomalies_topic(struct loading *loading, struct yaml_node *topics)
{
    const struct app_config *config = loading->config;
    const char *const read[] = {config->kafka.orders_topic, config->kafka.ad_spend_topic, config->kafka.refunds_topic,
                                config->kafka.settlements_topic, config->kafka.catalog_topic};
    for (size_t i = 0; config->kafka.anomalies_topic && i < sizeof read / sizeof *read; i++)
        if (strcmp(config->kafka.anomalies_topic, read[i]) == 0)
            loading->ok = yaml_problem(loading->file, yaml_get(topics, "anomalies"), loading->problems,
                                       "is a topic that is read: anomalies need one of their own");
}

static void read_kafka(struct loading *loading, struct yaml_node *root)
{
    static const char *const known[] = {"brokers", "group", "instance_id", "security", "topics", NULL};
    static const char *const topics_known[] = {"orders", "ad_spend", "refunds", "settlements", "catalog", "anomalies", NULL};
    struct yaml_node *map = section(loading, root, "kafka"), *topics = section(loading, map, "topics");
    struct app_config *config = loading->config;
    config->kafka.brokers = "localhost:9092";
    config->kafka.group = "tillstream";
    config->kafka.orders_topic = "orders";
    config->kafka.ad_spend_topic = "ad-spend";
    config->kafka.refunds_topic = "refunds";
    config->kafka.settlements_topic = "settlements";
    config->kafka.catalog_topic = "catalog";
    read_text(loading, map, "brokers", &config->kafka.brokers);
    read_text(loading, map, "group", &config->kafka.group);
    read_text(loading, map, "instance_id", &config->kafka.instance_id);
    read_text(loading, topics, "orders", &config->kafka.orders_topic);
    read_text(loading, topics, "ad_spend", &config->kafka.ad_spend_topic);
    read_text(loading, topics, "refunds", &config->kafka.refunds_topic);
    read_text(loading, topics, "settlements", &config->kafka.settlements_topic);
    read_text(loading, topics, "catalog", &config->kafka.catalog_topic);
    read_text(loading, topics, "anomalies", &config->kafka.anomalies_topic);
    check_anomalies_topic(loading, topics);
    read_security(loading, map);
    unknown_keys(loading, topics, topics_known);
    unknown_keys(loading, map, known);
}

static void read_postgres(struct loading *loading, struct yaml_node *root)
{
    static const char *const known[] = {"dsn",     "password",       "password_file",       "owner_dsn",
                                        "sslmode", "owner_password", "owner_password_file", NULL};
    struct yaml_node *map = section(loading, root, "postgres");
    struct app_config *config = loading->config;
    config->postgres.dsn = "postgresql:///tillstream";
    read_text(loading, map, "dsn", &config->postgres.dsn);
    read_text(loading, map, "owner_dsn", &config->postgres.owner_dsn);
    read_text(loading, map, "sslmode", &config->postgres.sslmode);
    read_secret(loading, map, "password", "password_file", &config->postgres.password);
    read_secret(loading, map, "owner_password", "owner_password_file", &config->postgres.owner_password);
    if (!config->postgres.owner_dsn) {
        config->postgres.owner_dsn = config->postgres.dsn;
        config->postgres.owner_password = config->postgres.password;
    }
    unknown_keys(loading, map, known);
}

static void read_alerts(struct loading *loading, struct yaml_node *root)
{
    static const char *const known[] = {"webhook", NULL};
    static const char *const webhook_known[] = {"url", "secret", "secret_file", "budget_per_shop_hour", "timeout", NULL};
    struct yaml_node *alerts = section(loading, root, "alerts"), *map = section(loading, alerts, "webhook");
    struct app_config *config = loading->config;
    config->webhook.budget_per_shop_hour = 5;
    config->webhook.timeout_us = 5 * SECOND_US;
    read_text(loading, map, "url", &config->webhook.url);
    read_secret(loading, map, "secret", "secret_file", &config->webhook.secret);
    read_int(loading, map, "budget_per_shop_hour", 1, 1000000, &config->webhook.budget_per_shop_hour);
    loading->ok &= yaml_duration(loading->file, yaml_get(map, "timeout"), loading->problems, SECOND_US / 10, 60 * SECOND_US,
                                 &config->webhook.timeout_us);
    const char *problem = config->webhook.url ? http_url_problem(config->webhook.url) : NULL;
    if (problem)
        loading->ok = yaml_problem(loading->file, yaml_get(map, "url"), loading->problems, "%s", problem);
    if (config->webhook.url && !config->webhook.secret && loading->ok)
        loading->ok = yaml_problem(loading->file, map, loading->problems,
                                   "secret_file is missing: the path of a file with the secret that requests are signed with");
    unknown_keys(loading, map, webhook_known);
    unknown_keys(loading, alerts, known);
}

static void read_batch(struct loading *loading, struct yaml_node *root)
{
    static const char *const known[] = {"rows", "bytes", "linger", NULL};
    struct yaml_node *map = section(loading, root, "batch");
    struct app_config *config = loading->config;
    config->batch.rows = 20000;
    config->batch.bytes = 8 * MIB;
    config->batch.linger_us = SECOND_US / 20;
    read_int(loading, map, "rows", 1, 200000, &config->batch.rows);
    loading->ok &= yaml_size(loading->file, yaml_get(map, "bytes"), loading->problems, 1024, 64 * MIB, &config->batch.bytes);
    loading->ok &= yaml_duration(loading->file, yaml_get(map, "linger"), loading->problems, 0, 60 * SECOND_US,
                                 &config->batch.linger_us);
    unknown_keys(loading, map, known);
}

static void read_quarantine(struct loading *loading, struct yaml_node *root)
{
    static const char *const known[] = {"stop_above_ppm", "over_events", NULL};
    struct yaml_node *map = section(loading, root, "quarantine");
    struct app_config *config = loading->config;
    config->quarantine.stop_above_ppm = 50000;
    config->quarantine.over_events = 10000;
    read_int(loading, map, "stop_above_ppm", 0, 1000000, &config->quarantine.stop_above_ppm);
    read_int(loading, map, "over_events", 1, 10000000, &config->quarantine.over_events);
    unknown_keys(loading, map, known);
}

static void read_memory(struct loading *loading, struct yaml_node *root)
{
    static const char *const known[] = {"recent_orders", "shops", NULL};
    struct yaml_node *map = section(loading, root, "memory");
    struct app_config *config = loading->config;
    config->recent_orders = 131072;
    config->shops_max = 100000;
    read_int(loading, map, "recent_orders", 1024, 100000000, &config->recent_orders);
    read_int(loading, map, "shops", 1, 10000000, &config->shops_max);
    if (config->recent_orders < 2 * config->batch.rows && map)
        loading->ok = yaml_problem(loading->file, map, loading->problems,
                                   "recent_orders must be at least twice batch.rows (%lld)", (long long)config->batch.rows);
    unknown_keys(loading, map, known);
}

static void read_state(struct loading *loading, struct yaml_node *root)
{
    static const char *const known[] = {"snapshot_every", NULL};
    struct yaml_node *map = section(loading, root, "state");
    loading->config->snapshot_every_us = 10 * SECOND_US;
    loading->ok &= yaml_duration(loading->file, yaml_get(map, "snapshot_every"), loading->problems, SECOND_US / 10, 86400 * SECOND_US,
                                 &loading->config->snapshot_every_us);
    unknown_keys(loading, map, known);
}

static void read_all(struct loading *loading)
{
    static const char *const known[] = {"kafka",  "postgres",   "batch",    "shops", "detect",
                                        "memory", "quarantine", "pipeline", "alerts", "state", "calendar", NULL};
    struct yaml_node *root = loading->file->root;
    loading->config->pipeline = "main";
    read_kafka(loading, root);
    read_postgres(loading, root);
    read_batch(loading, root);
    read_quarantine(loading, root);
    read_memory(loading, root);
    read_alerts(loading, root);
    read_state(loading, root);
    loading->ok &= detect_config_read(loading->file, section(loading, root, "detect"), loading->problems, &loading->config->detect);
    read_text(loading, root, "pipeline", &loading->config->pipeline);
    loading->config->policies = shop_config_load(loading->file, section(loading, root, "shops"), yaml_get(root, "calendar"),
                                                 loading->problems);
    unknown_keys(loading, root, known);
}

bool app_config_load(struct app_config *ret_config, const char *path, const struct override *overrides, size_t count,
                     struct problems *problems)
{
    *ret_config = (struct app_config){0};
    struct texts *texts = calloc(1, sizeof *texts);
    if (!texts)
        return problems_add(problems, path ? path : "", 0, 0, "", "out of memory");
    ret_config->texts = texts;
    if (path && !yaml_file_read(&texts->file, path, problems))
        return false;
    if (!path && !(texts->file.path = strdup("defaults")))
        return problems_add(problems, "", 0, 0, "", "out of memory");
    struct loading loading = {ret_config, texts, &texts->file, problems, true};
    for (size_t i = 0; i < count; i++)
        loading.ok &= yaml_set(&texts->file, overrides[i].key, overrides[i].value, overrides[i].origin, problems);
    read_all(&loading);
    return loading.ok && ret_config->policies && !problems->count;
}

void app_config_done(struct app_config *config)
{
    struct texts *texts = config->texts;
    shop_policies_free(config->policies);
    if (texts) {
        yaml_file_done(&texts->file);
        for (size_t i = 0; i < texts->secret_count; i++) {
            if (texts->secrets[i])
                explicit_bzero(texts->secrets[i], strlen(texts->secrets[i]));
            free(texts->secrets[i]);
        }
    }
    free(texts);
    *config = (struct app_config){0};
}

static bool is_local(const char *host, size_t len)
{
    return (len == 9 && strncasecmp(host, "localhost", 9) == 0) || (len > 4 && strncmp(host, "127.", 4) == 0) ||
           (len == 5 && strncmp(host, "[::1]", 5) == 0);
}

bool brokers_are_local(const char *brokers)
{
    static const char between[] = ", \t";
    for (const char *at = brokers + strspn(brokers, between); *at; at += strspn(at, between)) {
        const char *host = strstr(at, "://") && strstr(at, "://") < at + strcspn(at, between) ? strstr(at, "://") + 3 : at;
        if (!is_local(host, *host == '[' ? strcspn(host, "], \t") + 1 : strcspn(host, ":, \t")))
            return false;
        at += strcspn(at, between);
    }
    return true;
}
