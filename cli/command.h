/*
 * A subcommand: its help, its options, and what it does. main.c finds the command, reads options and configuration, calls run.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/app_config.h"
#include "common/err.h"

#define OPTIONS_MAX 24

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_COUNT };

struct option_spec {
    const char *name;       /* without "--" */
    enum option_kind kind;
    const char *config_key; /* sets this key of the configuration ("kafka.brokers"), before file and environment; or NULL */
    const char *argument;   /* what the help calls the value, NULL for a flag */
    const char *help;
    int64_t min, max;       /* of OPTION_COUNT */
};

struct option_value {
    bool given;
    const char *text;       /* borrowed from argv */
    int64_t count;
};

/* What a command is called with. */
struct invocation {
    const struct command *command;
    struct option_value options[OPTIONS_MAX]; /* in the order of the command's specs */
    const char *const *arguments;             /* positional ones, argument_count of them */
    size_t argument_count;
    const char *config_path;                  /* NULL: defaults, there is no file */
    struct app_config *config;                /* NULL where the command does not need one */
};

struct command {
    const char *name;
    const char *summary;            /* one line */
    const char *help;               /* begins with examples; the options are printed behind it */
    const struct option_spec *options; /* ends with a NULL name; -c and --help are everybody's */
    size_t arguments_min, arguments_max;
    bool needs_config;
    enum exit_code (*run)(struct invocation *invocation);
};

/* The value of a command's option. The name must be one of its specs. */
const struct option_value *option_of(const struct invocation *invocation, const char *name);
bool option_flag(const struct invocation *invocation, const char *name);
/* fallback where it was not given. */
int64_t option_count(const struct invocation *invocation, const char *name, int64_t fallback);
const char *option_text(const struct invocation *invocation, const char *name, const char *fallback);

/* Finds the command, reads, runs. What main returns. */
int command_main(int argc, char **argv);

/* All commands, in the order of the help; ends with NULL. */
extern const struct command *const commands[];

extern const struct command command_check_config, command_migrate, command_run, command_simulate, command_import,
    command_verify, command_explain, command_incidents;

#endif
