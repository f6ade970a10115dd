/*
 * The proof of the warehouse as a command: a table of what was looked at, differences in words, exit code 1 where there are any.
 */
#include <inttypes.h>

#include "cli/command.h"
#include "cli/servers.h"
#include "common/log.h"
#include "postgres/verify.h"

static const struct option_spec options[] = {
    {"dsn", OPTION_TEXT, "postgres.dsn", "DSN", "instead of postgres.dsn", 0, 0},
    {"json", OPTION_FLAG, NULL, NULL, "the result as one JSON object", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

static void tell_difference(void *ctx, enum verify_check check, const char *text)
{
    (void)ctx;
    log_error("%s: %s", verify_check_name(check), text);
}

static void print_text(const struct verifier *verifier, bool good)
{
    (void)printf("%-12s %12s %12s\n", "check", "rows", "differences");
    for (enum verify_check check = 0; check < VERIFY_CHECK_COUNT; check++)
        (void)printf("%-12s %12" PRIu64 " %12" PRIu64 "\n", verify_check_name(check), verifier->counts[check].rows,
                     verifier->counts[check].differences);
    (void)puts(good ? "verified: every aggregate is the sum of its facts, and every row is the one that was written"
                    : "NOT verified: the warehouse was altered by something else than this program");
}

static void print_json(const struct verifier *verifier, bool good)
{
    (void)printf("{\"verified\": %s, \"checks\": {", good ? "true" : "false");
    for (enum verify_check check = 0; check < VERIFY_CHECK_COUNT; check++)
        (void)printf("%s\"%s\": {\"rows\": %" PRIu64 ", \"differences\": %" PRIu64 "}", check ? ", " : "",
                     verify_check_name(check), verifier->counts[check].rows, verifier->counts[check].differences);
    (void)puts("}}");
}

static bool is_good(const struct verifier *verifier)
{
    uint64_t differences = 0;
    for (enum verify_check check = 0; check < VERIFY_CHECK_COUNT; check++)
        differences += verifier->counts[check].differences;
    return differences == 0;
}

static enum exit_code run_verify(struct invocation *invocation)
{
    const struct pg_settings settings = pg_settings_of(invocation->config, "tillstream verify");
    struct verifier verifier = {.on_difference = tell_difference};
    struct err err = {0};
    if (!pg_verify(&verifier, &settings, &err)) {
        log_error("%s", err.text);
        return err.exit_code;
    }
    bool good = is_good(&verifier);
    (option_flag(invocation, "json") ? print_json : print_text)(&verifier, good);
    return good ? EXIT_CODE_OK : EXIT_CODE_MISMATCH;
}

const struct command command_verify = {
    .name = "verify",
    .summary = "prove that every aggregate is the sum of its facts",
    .help = "Examples:\n"
            "  tillstream verify -c tillstream.yaml\n"
            "  tillstream verify --json\n"
            "\n"
            "Sums the facts anew and compares them with every aggregate, hashes every row anew, adds up the money of every line and settlement, holds\n"
            "facts against the committed positions: all in one snapshot, also while `run` writes. Reads only. Exit code 0; 1 something\n"
            "differs (up to ten differences of each check are told in words); 69 the server is away; 78 `migrate` is needed.\n",
    .options = options,
    .needs_config = true,
    .run = run_verify,
};
