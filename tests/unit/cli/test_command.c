#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static void redirect(void)
{
    cr_redirect_stdout();
    cr_redirect_stderr();
}

/* All that was written to a redirected stream. */
static const char *content_of(FILE *stream)
{
    static char text[16384];
    size_t len = 0;
    (void)fflush(stream == cr_get_redirected_stdout() ? stdout : stderr);
    for (int c; len + 1 < sizeof text && (c = fgetc(stream)) != EOF;)
        text[len++] = (char)c;
    text[len] = 0;
    return text;
}

static int run(const char *first, const char *second, const char *third)
{
    const char *argv[] = {"tillstream", first, second, third, NULL};
    int argc = 1;
    while (argv[argc])
        argc++;
    int code = command_main(argc, (char **)argv);
    (void)fflush(stdout);
    (void)fflush(stderr);
    return code;
}

TestSuite(command, .init = redirect);

Test(command, without_arguments_the_commands_are_listed_and_it_is_a_usage_error)
{
    cr_assert_eq(run(NULL, NULL, NULL), EXIT_CODE_USAGE);
    (void)fclose(stderr);
    const char *text = content_of(cr_get_redirected_stderr());
    for (size_t i = 0; commands[i]; i++)
        cr_assert_not_null(strstr(text, commands[i]->name), "%s", commands[i]->name);
}

Test(command, help_begins_with_examples)
{
    cr_assert_eq(run("run", "--help", NULL), EXIT_CODE_OK);
    (void)fclose(stdout);
    const char *text = content_of(cr_get_redirected_stdout()), *examples = strstr(text, "Examples:");
    cr_assert_not_null(examples);
    cr_assert_lt(examples - text, 200);
    cr_assert_not_null(strstr(text, "--until-end"));
}

Test(command, a_misspelt_command_gets_a_suggestion)
{
    cr_assert_eq(run("simulat", NULL, NULL), EXIT_CODE_USAGE);
    (void)fclose(stderr);
    cr_assert_not_null(strstr(content_of(cr_get_redirected_stderr()), "simulate"));
}

Test(command, a_misspelt_option_gets_a_suggestion)
{
    cr_assert_eq(run("run", "--until-edn", NULL), EXIT_CODE_USAGE);
    (void)fclose(stderr);
    cr_assert_not_null(strstr(content_of(cr_get_redirected_stderr()), "--until-end"));
}

Test(command, missing_and_wrong_values_are_usage_errors)
{
    cr_assert_eq(run("simulate", "--orders", NULL), EXIT_CODE_USAGE);
    cr_assert_eq(run("simulate", "--orders", "many"), EXIT_CODE_USAGE);
    cr_assert_eq(run("simulate", "--orders", "-1"), EXIT_CODE_USAGE);
    cr_assert_eq(run("import", NULL, NULL), EXIT_CODE_USAGE);
    cr_assert_eq(run("verify", "too", "many"), EXIT_CODE_USAGE);
}

Test(command, every_command_describes_itself_and_its_exit_codes)
{
    for (size_t i = 0; commands[i]; i++) {
        cr_assert(commands[i]->summary && commands[i]->run && commands[i]->options, "%s", commands[i]->name);
        cr_assert_eq(strncmp(commands[i]->help, "Examples:\n", 10), 0, "%s", commands[i]->name);
        cr_assert_not_null(strstr(commands[i]->help, "Exit code"), "%s", commands[i]->name);
    }
}
