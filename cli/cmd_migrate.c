#include "cli/command.h"
#include "common/log.h"
#include "common/stopping.h"
#include "postgres/pg_migrate.h"

static const struct option_spec options[] = {
    {"dsn", OPTION_TEXT, "postgres.owner_dsn", "DSN", "instead of postgres.owner_dsn", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

static void tell_applied(void *ctx, const char *file)
{
    size_t *applied = ctx;
    (*applied)++;
    (void)printf("applied %s\n", file);
}

static enum exit_code run_migrate(struct invocation *invocation)
{
    const struct app_config *app = invocation->config;
    const struct pg_settings settings = {.dsn = app->postgres.owner_dsn,
                                         .password = app->postgres.owner_password,
                                         .sslmode = app->postgres.sslmode,
                                         .application_name = "tillstream migrate"};
    struct err err = {0};
    size_t applied = 0;
    stopping_install();
    if (!pg_migrate(&settings, tell_applied, &applied, &err)) {
        log_error("%s", err.text);
        return err.exit_code;
    }
    if (!applied)
        (void)puts("the database is at this version already");
    return EXIT_CODE_OK;
}

const struct command command_migrate = {
    .name = "migrate",
    .summary = "bring the database to this version",
    .help = "Examples:\n"
            "  tillstream migrate -c tillstream.yaml     safe to run twice, and by two at once\n"
            "  tillstream migrate --dsn postgresql://tillstream_owner@db/tillstream\n"
            "\n"
            "Works as postgres.owner_dsn, the role that owns the database; `run` and `verify` work as postgres.dsn. Exit code 0; 69 the\n"
            "server is away; 78 rights are missing, or the database belongs to a newer version.\n",
    .options = options,
    .needs_config = true,
    .run = run_migrate,
};
