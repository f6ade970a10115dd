#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

static char line[8192];

/* What standard error has taken, from its other end; the line ends it. */
static const char *read_line(int fd)
{
    size_t len = 0;
    while (len + 1 < sizeof line && (!len || line[len - 1] != '\n')) {
        ssize_t got = read(fd, line + len, sizeof line - 1 - len);
        cr_assert_gt(got, 0);
        len += (size_t)got;
    }
    line[len] = '\0';
    return line;
}

static int redirect_to_pipe(void)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    return ends[0];
}

static int redirect_to_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert_geq(master, 0);
    cr_assert_eq(grantpt(master), 0);
    cr_assert_eq(unlockpt(master), 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    cr_assert_geq(terminal, 0);
    cr_assert_eq(dup2(terminal, STDERR_FILENO), STDERR_FILENO);
    return master;
}

static size_t count_of(const char *text, char c)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == c;
    return count;
}

Test(log, a_collector_gets_time_level_and_message)
{
    int in = redirect_to_pipe();
    log_warn("%s is away", "Kafka");
    unsigned year, month, day, hour, minute, second, ms;
    char level[8], rest[64];
    cr_assert_eq(sscanf(read_line(in), "time=%4u-%2u-%2uT%2u:%2u:%2u.%3uZ level=%7s %63[^\n]", &year, &month, &day, &hour, &minute,
                        &second, &ms, level, rest), 9, "%s", line);
    cr_assert_geq(year, 2024);
    cr_assert_str_eq(level, "warn");
    cr_assert_str_eq(rest, "msg=\"Kafka is away\"");
}

Test(log, a_message_cannot_make_a_second_line_or_field)
{
    int in = redirect_to_pipe();
    log_error("%s", "a \"quoted\\\" text\nlevel=info\tmsg=\"forged\"\x1b[2J\x7f");
    cr_assert_eq(count_of(read_line(in), '\n'), 1);
    cr_assert_not_null(strstr(line, "msg=\"a \\\"quoted\\\\\\\" text level=info msg=\\\"forged\\\" [2J \"\n"), "%s", line);
}

Test(log, a_long_message_is_cut_but_its_line_is_whole)
{
    int in = redirect_to_pipe();
    static char text[5000];
    memset(text, '"', sizeof text - 1);
    log_info("%s", text);
    size_t len = strlen(read_line(in));
    cr_assert_lt(len, 2048);
    cr_assert_str_eq(line + len - 3, "\"\"\n", "%s", line);
    cr_assert_eq(count_of(line, '\\') + 2, count_of(line, '"'));
}

Test(log, on_a_terminal_it_is_a_line_for_people)
{
    int in = redirect_to_terminal();
    cr_assert_eq(setenv("NO_COLOR", "1", 1), 0);
    log_warn("Kafka is away");
    cr_assert_str_eq(read_line(in), "tillstream: warning: Kafka is away\r\n");
    log_info("Kafka is back");
    cr_assert_str_eq(read_line(in), "tillstream: Kafka is back\r\n");
}

Test(log, what_a_record_says_does_not_steer_the_terminal)
{
    int in = redirect_to_terminal();
    cr_assert_eq(setenv("NO_COLOR", "1", 1), 0);
    log_error("%s", "shop \x1b[2J\x1b]0;owned\x07 is\nunknown\x7f");
    cr_assert_str_eq(read_line(in), "tillstream: error: shop  [2J ]0;owned  is unknown \r\n");
}
