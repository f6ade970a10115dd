/*
 * What a command is given: this file brings a table of commands of its own, whose only one writes down what it was called with.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

static const struct option_spec options[] = {
    {"brokers", OPTION_TEXT, "kafka.brokers", "LIST", "instead of kafka.brokers", 0, 0},
    {"rows", OPTION_TEXT, "batch.rows", "N", "instead of batch.rows", 0, 0},
    {"count", OPTION_COUNT, NULL, "N", "a number", 1, 10},
    {"fast", OPTION_FLAG, NULL, NULL, "no value", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

static struct {
    int calls;
    char brokers[64], first_argument[64];
    int64_t rows, count;
    bool fast;
} seen;

static enum exit_code note(struct invocation *invocation)
{
    seen.calls++;
    (void)snprintf(seen.brokers, sizeof seen.brokers, "%s", invocation->config->kafka.brokers);
    if (invocation->argument_count)
        (void)snprintf(seen.first_argument, sizeof seen.first_argument, "%s", invocation->arguments[0]);
    seen.rows = invocation->config->batch.rows;
    seen.count = option_count(invocation, "count", -1);
    seen.fast = option_flag(invocation, "fast");
    return EXIT_CODE_MISMATCH;
}

static const struct command probe = {
    .name = "probe", .summary = "notes", .help = "", .options = options, .arguments_max = 1, .needs_config = true, .run = note};

const struct command *const commands[] = {&probe, NULL};

static char config_path[64];

static void start(void)
{
    (void)snprintf(config_path, sizeof config_path, "/tmp/tillstream-line-%d.yaml", (int)getpid());
    FILE *out = fopen(config_path, "w");
    cr_assert_not_null(out);
    cr_assert_geq(fputs("kafka: {brokers: 'file:1'}\nbatch: {rows: 11}\n", out), 0);
    cr_assert_eq(fclose(out), 0);
    cr_redirect_stderr();
}

static void end(void)
{
    (void)unlink(config_path);
}

TestSuite(command_line, .init = start, .fini = end);

static int run(const char *const *words)
{
    const char *argv[16] = {"tillstream", "probe", "-c", config_path};
    int argc = 4;
    for (; *words; words++)
        argv[argc++] = *words;
    int code = command_main(argc, (char **)argv);
    (void)fflush(stderr);
    return code;
}

#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static void assert_said(const char *text)
{
    static char said[4096];
    (void)fclose(stderr); /* a pipe: its end is what ends the reading */
    FILE *in = cr_get_redirected_stderr();
    said[fread(said, 1, sizeof said - 1, in)] = '\0';
    cr_assert_not_null(strstr(said, text), "%s", said);
}

Test(command_line, the_file_beats_the_default_and_the_exit_code_is_that_of_the_command)
{
    cr_assert_eq(run((const char *const[]){NULL}), EXIT_CODE_MISMATCH);
    cr_assert_eq(seen.calls, 1);
    cr_assert_str_eq(seen.brokers, "file:1");
    cr_assert_eq(seen.rows, 11);
    cr_assert_eq(seen.count, -1);
}

Test(command_line, the_environment_beats_the_file)
{
    cr_assert_eq(setenv("TILLSTREAM__KAFKA__BROKERS", "env:1", 1), 0);
    cr_assert_eq(setenv("TILLSTREAM__BATCH__ROWS", "12", 1), 0);
    cr_assert_eq(RUN("--fast"), EXIT_CODE_MISMATCH);
    cr_assert_str_eq(seen.brokers, "env:1");
    cr_assert_eq(seen.rows, 12);
    cr_assert(seen.fast);
}

Test(command_line, a_flag_beats_the_environment)
{
    cr_assert_eq(setenv("TILLSTREAM__KAFKA__BROKERS", "env:1", 1), 0);
    cr_assert_eq(setenv("TILLSTREAM__BATCH__ROWS", "many", 1), 0);
    cr_assert_eq(RUN("--rows=13", "--brokers", "flag:1", "word"), EXIT_CODE_MISMATCH);
    cr_assert_str_eq(seen.brokers, "flag:1");
    cr_assert_eq(seen.rows, 13);
    cr_assert_str_eq(seen.first_argument, "word");
}

Test(command_line, a_misspelt_variable_is_told_by_its_name_and_nothing_runs)
{
    cr_assert_eq(setenv("TILLSTREAM__KAFKA__BROKRES", "env:1", 1), 0);
    cr_assert_eq(RUN("--fast"), EXIT_CODE_CONFIG);
    cr_assert_eq(seen.calls, 0);
    assert_said("TILLSTREAM__KAFKA__BROKRES: kafka.brokres: unknown key; did you mean brokers?");
}

Test(command_line, a_wrong_value_is_told_by_the_name_of_its_flag)
{
    cr_assert_eq(RUN("--rows", "0"), EXIT_CODE_CONFIG);
    cr_assert_eq(seen.calls, 0);
    assert_said("--rows: batch.rows: must lie in 1 to 200000");
}

Test(command_line, what_an_option_cannot_take_is_a_usage_error)
{
    cr_assert_eq(RUN("--fast=yes"), EXIT_CODE_USAGE);
    cr_assert_eq(RUN("--count"), EXIT_CODE_USAGE);
    cr_assert_eq(RUN("--count", "0"), EXIT_CODE_USAGE);
    cr_assert_eq(RUN("--count", "11"), EXIT_CODE_USAGE);
    cr_assert_eq(RUN("--count=2x"), EXIT_CODE_USAGE);
    cr_assert_eq(RUN("--count="), EXIT_CODE_USAGE);
    cr_assert_eq(RUN("-x"), EXIT_CODE_USAGE);
    cr_assert_eq(RUN("one", "two"), EXIT_CODE_USAGE);
    cr_assert_eq(seen.calls, 0);
}
