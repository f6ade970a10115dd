#include "cli/command.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/suggest.h"

#define OVERRIDES_MAX 64
#define KEY_BYTES 128
#define ENV_PREFIX "TILLSTREAM__"

extern char **environ;

/* Overrides point into names made from environment variables; they live as long as the program. */
struct reading {
    struct invocation invocation;
    struct override overrides[OVERRIDES_MAX];
    size_t override_count;
    char env_keys[OVERRIDES_MAX][KEY_BYTES];
    char env_origins[OVERRIDES_MAX][KEY_BYTES];
    char flag_origins[OPTIONS_MAX][KEY_BYTES];
    const char *arguments[256];
    bool help;
};

static void print_help(FILE *out)
{
    (void)fputs("Examples:\n"
                "  tillstream check-config -c tillstream.yaml    show everything that is wrong with a configuration\n"
                "  tillstream migrate                            bring the database to this version\n"
                "  tillstream simulate --days 30 --orders 100000 fill the topics with shops whose truth is known\n"
                "  tillstream run                                stream Kafka into PostgreSQL, exactly once\n"
                "  tillstream verify                             prove that every aggregate is the sum of its facts\n"
                "  tillstream explain SHOP ORDER                 one order, from list price to net, figure by figure\n"
                "  tillstream incidents --open                   what stands out and is not over\n"
                "\nUsage: tillstream COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n",
                out);
    for (size_t i = 0; commands[i]; i++)
        (void)fprintf(out, "  %-14s%s\n", commands[i]->name, commands[i]->summary);
    (void)fputs("\n`tillstream COMMAND --help` has the rest. A flag beats the environment (TILLSTREAM__KAFKA__BROKERS), which beats\n"
                "the file (-c FILE, else ./tillstream.yaml, else /etc/tillstream/tillstream.yaml), which beats the default.\n",
                out);
}

static void print_command_help(const struct command *command)
{
    (void)fputs(command->help, stdout);
    (void)puts("\nOptions:\n  -c, --config FILE        the configuration\n  -h, --help               this text");
    for (const struct option_spec *spec = command->options; spec->name; spec++) {
        char left[64];
        (void)snprintf(left, sizeof left, "--%s%s%s", spec->name, spec->argument ? " " : "",
                       spec->argument ? spec->argument : "");
        (void)printf("  %-24s %s\n", left, spec->help);
    }
}

static int usage_error(const char *format, const char *what, const char *near)
{
    (void)fputs("tillstream: ", stderr);
    (void)fprintf(stderr, "%s \"%s\"", format, what);
    if (near)
        (void)fprintf(stderr, "; did you mean \"%s\"?", near);
    (void)fputc('\n', stderr);
    return EXIT_CODE_USAGE;
}

static int point_to_help(int failed, const char *of_command)
{
    (void)fprintf(stderr, "Try `tillstream %s%s--help`.\n", of_command, *of_command ? " " : "");
    return failed;
}

static const char *command_name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return commands[i] ? commands[i]->name : NULL;
}

static const char *option_name_at(const void *ctx, size_t i)
{
    return ((const struct option_spec *)ctx)[i].name;
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int option_index(const struct command *command, const char *name, size_t len)
{
    for (int i = 0; command->options[i].name; i++)
        if (strlen(command->options[i].name) == len && strncmp(command->options[i].name, name, len) == 0)
            return i;
    return -1;
}

static int take_count(const struct option_spec *spec, struct option_value *value)
{
    char *end;
    errno = 0;
    value->count = strtoll(value->text, &end, 10);
    if (end != value->text && !*end && !errno && value->count >= spec->min && value->count <= spec->max)
        return 0;
    (void)fprintf(stderr, "tillstream: --%s needs a whole number from %lld to %lld, not \"%s\"\n", spec->name,
                  (long long)spec->min, (long long)spec->max, value->text);
    return EXIT_CODE_USAGE;
}

static void add_override(struct reading *reading, const char *key, const char *value, const char *origin)
{
    if (reading->override_count < OVERRIDES_MAX)
        reading->overrides[reading->override_count++] = (struct override){key, value, origin};
}

static int unknown_option(const struct command *command, const char *word)
{
    char near[KEY_BYTES];
    const char *name = suggest(word + 2, option_name_at, command->options);
    (void)snprintf(near, sizeof near, "--%s", name ? name : "");
    return usage_error("unknown option", word, name ? near : NULL);
}

static int take_option(struct reading *reading, char **argv, int *at)
{
    const struct command *command = reading->invocation.command;
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    int index = option_index(command, name, len);
    if (index < 0)
        return unknown_option(command, argv[*at]);
    const struct option_spec *spec = &command->options[index];
    struct option_value *value = &reading->invocation.options[index];
    value->given = true;
    if (spec->kind == OPTION_FLAG)
        return equals ? usage_error("no value is taken by", argv[*at], NULL) : 0;
    value->text = equals ? equals + 1 : argv[*at + 1] ? argv[++*at] : NULL;
    if (!value->text)
        return usage_error("a value is missing behind", argv[*at], NULL);
    (void)snprintf(reading->flag_origins[index], KEY_BYTES, "--%s", spec->name);
    if (spec->config_key)
        add_override(reading, spec->config_key, value->text, reading->flag_origins[index]);
    return spec->kind == OPTION_COUNT ? take_count(spec, value) : 0;
}

static int take_word(struct reading *reading, char **argv, int *at)
{
    struct invocation *invocation = &reading->invocation;
    const char *word = argv[*at];
    if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
        reading->help = true;
        return 0;
    }
    if (strcmp(word, "-c") == 0 || strcmp(word, "--config") == 0) {
        invocation->config_path = argv[*at + 1] ? argv[++*at] : NULL;
        return invocation->config_path ? 0 : usage_error("a file is missing behind", word, NULL);
    }
    if (strncmp(word, "--config=", 9) == 0) {
        invocation->config_path = word + 9;
        return 0;
    }
    if (word[0] == '-' && word[1])
        return word[1] == '-' ? take_option(reading, argv, at) : usage_error("unknown option", word, NULL);
    if (invocation->argument_count >= invocation->command->arguments_max)
        return usage_error("one argument too many:", word, NULL);
    reading->arguments[invocation->argument_count++] = word;
    return 0;
}

static int take_words(struct reading *reading, int argc, char **argv)
{
    for (int at = 2; at < argc; at++) {
        int failed = take_word(reading, argv, &at);
        if (failed)
            return failed;
    }
    if (reading->help || reading->invocation.argument_count >= reading->invocation.command->arguments_min)
        return 0;
    return usage_error("arguments are missing behind", reading->invocation.command->name, NULL);
}

/* TILLSTREAM__KAFKA__BROKERS is kafka.brokers. */
static void take_environment(struct reading *reading)
{
    for (char **entry = environ; *entry && reading->override_count < OVERRIDES_MAX; entry++) {
        const char *equals = strchr(*entry, '=');
        size_t prefix = sizeof ENV_PREFIX - 1;
        if (!equals || strncmp(*entry, ENV_PREFIX, prefix) != 0 || (size_t)(equals - *entry) >= KEY_BYTES)
            continue;
        size_t i = reading->override_count, used = 0;
        (void)snprintf(reading->env_origins[i], KEY_BYTES, "%.*s", (int)(equals - *entry), *entry);
        for (const char *c = *entry + prefix; c < equals; c++) {
            bool level = c[0] == '_' && c + 1 < equals && c[1] == '_';
            reading->env_keys[i][used++] = level ? '.' : (char)tolower((unsigned char)*c);
            c += level;
        }
        add_override(reading, reading->env_keys[i], equals + 1, reading->env_origins[i]);
    }
}

static const char *default_config_path(void)
{
    static const char *const paths[] = {"tillstream.yaml", "/etc/tillstream/tillstream.yaml", NULL};
    for (size_t i = 0; paths[i]; i++)
        if (access(paths[i], R_OK) == 0)
            return paths[i];
    return NULL;
}

static int run_with_config(struct reading *reading)
{
    struct app_config config;
    struct problems problems = {0};
    bool loaded = app_config_load(&config, reading->invocation.config_path, reading->overrides, reading->override_count,
                                  &problems);
    problems_print(&problems, stderr);
    problems_done(&problems);
    reading->invocation.config = &config;
    int code = loaded ? (int)reading->invocation.command->run(&reading->invocation) : EXIT_CODE_CONFIG;
    app_config_done(&config);
    return code;
}

int command_main(int argc, char **argv)
{
    static struct reading reading; /* large, and there is one */
    if (argc < 2) {
        print_help(stderr);
        return EXIT_CODE_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_CODE_OK;
    }
    if (strcmp(argv[1], "--version") == 0)
        return puts("tillstream " TILLSTREAM_VERSION) < 0 ? EXIT_CODE_INTERNAL : EXIT_CODE_OK;
    reading.invocation.command = command_find(argv[1]);
    if (!reading.invocation.command)
        return point_to_help(usage_error("no command is called", argv[1], suggest(argv[1], command_name_at, NULL)), "");
    reading.invocation.arguments = reading.arguments;
    take_environment(&reading); /* before flags: what comes later wins */
    int failed = take_words(&reading, argc, argv);
    if (failed)
        return point_to_help(failed, reading.invocation.command->name);
    if (reading.help) {
        print_command_help(reading.invocation.command);
        return EXIT_CODE_OK;
    }
    if (!reading.invocation.config_path)
        reading.invocation.config_path = default_config_path();
    if (!reading.invocation.config_path && reading.invocation.command->needs_config && !reading.override_count)
        log_info("no configuration: there is neither -c FILE nor ./tillstream.yaml nor /etc/tillstream/tillstream.yaml; the defaults hold");
    return reading.invocation.command->needs_config ? run_with_config(&reading)
                                                    : (int)reading.invocation.command->run(&reading.invocation);
}

const struct option_value *option_of(const struct invocation *invocation, const char *name)
{
    static const struct option_value absent;
    int index = option_index(invocation->command, name, strlen(name));
    return index < 0 ? &absent : &invocation->options[index];
}

bool option_flag(const struct invocation *invocation, const char *name)
{
    return option_of(invocation, name)->given;
}

int64_t option_count(const struct invocation *invocation, const char *name, int64_t fallback)
{
    const struct option_value *value = option_of(invocation, name);
    return value->given ? value->count : fallback;
}

const char *option_text(const struct invocation *invocation, const char *name, const char *fallback)
{
    const struct option_value *value = option_of(invocation, name);
    return value->given ? value->text : fallback;
}
