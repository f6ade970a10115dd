/*
 * What is wrong is found while the configuration is read, before any command runs: here only the servers are left to ask.
 */
#include <string.h>

#include "cli/app_config.h"
#include "cli/command.h"
#include "cli/servers.h"
#include "common/log.h"

static const struct option_spec options[] = {
    {"offline", OPTION_FLAG, NULL, NULL, "do not ask Kafka and PostgreSQL", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

static void print_verdict(const char *what, bool good, const struct err *err)
{
    (void)printf("%-12s %s\n", what, good ? "ok" : err->text);
}

/* Orders carry money and, as hashes, people; a password is one in any case. */
static void warn_of_plain_text(const struct app_config *config)
{
    const char *protocol = config->kafka.security.protocol;
    if (strstr(protocol, "PLAINTEXT") && !brokers_are_local(config->kafka.brokers))
        log_warn("kafka.security.protocol is %s and not all of %s are this machine: what is sent can be read on the way; SSL or"
                 " SASL_SSL encrypts it",
                 protocol, config->kafka.brokers);
}

static enum exit_code run_check_config(struct invocation *invocation)
{
    struct err err = {0};
    enum exit_code code = EXIT_CODE_OK;
    print_verdict("file", true, &err);
    warn_of_plain_text(invocation->config);
    if (option_flag(invocation, "offline"))
        return EXIT_CODE_OK;
    bool kafka_good = probe_kafka(invocation->config, &err);
    print_verdict("kafka", kafka_good, &err);
    if (!kafka_good)
        code = err.exit_code;
    bool postgres_good = probe_postgres(invocation->config, &err);
    print_verdict("postgresql", postgres_good, &err);
    return postgres_good ? code : err.exit_code;
}

const struct command command_check_config = {
    .name = "check-config",
    .summary = "show everything that is wrong with a configuration, at once",
    .help = "Examples:\n"
            "  tillstream check-config -c tillstream.yaml            the file, the servers, topics, rights\n"
            "  tillstream check-config -c tillstream.yaml --offline  the file and its fee packs only\n"
            "\n"
            "Every problem is a line \"file:line:col: key: reason\" on standard error. Exit code 0 or 78 (69: a server is away).\n",
    .options = options,
    .needs_config = true,
    .run = run_check_config,
};
