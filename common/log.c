#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static const char *const level_names[] = {"info", "warn", "error"};

/* Control characters would break a line into two, or steer the terminal that shows it. */
static void flatten(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = ' ';
}

/* Quotes and backslashes would end a field. */
static void escape(const char *text, char *ret_escaped, size_t size)
{
    size_t used = 0;
    for (; *text && used + 3 < size; text++) {
        if (*text == '"' || *text == '\\')
            ret_escaped[used++] = '\\';
        ret_escaped[used++] = *text;
    }
    ret_escaped[used] = '\0';
}

static int format_logfmt(char *line, size_t size, enum log_level level, const char *text)
{
    char escaped[LINE_MAX_BYTES - 64], when[32];
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    escape(text, escaped, sizeof escaped);
    return snprintf(line, size, "time=%s.%03ldZ level=%s msg=\"%s\"\n", when, now.tv_nsec / 1000000, level_names[level],
                    escaped);
}

static int format_plain(char *line, size_t size, enum log_level level, const char *text)
{
    static const char *const plain[] = {"", "", ""}, *const coloured[] = {"", "\033[33m", "\033[31m"};
    static const char *const names[] = {"", "warning", "error"};
    const char *const *colours = getenv("NO_COLOR") ? plain : coloured;
    return snprintf(line, size, "tillstream: %s%s%s%.1900s\n", colours[level], names[level],
                    level == LEVEL_INFO ? "" : (colours[level][0] ? ":\033[0m " : ": "), text);
}

void log_line(enum log_level level, const char *format, ...)
{
    char text[LINE_MAX_BYTES - 128], line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args); /* an over-long message is cut */
    va_end(args);
    flatten(text);
    int len = isatty(STDERR_FILENO) ? format_plain(line, sizeof line, level, text)
                                    : format_logfmt(line, sizeof line, level, text);
    size_t size = len < 0 ? 0 : (size_t)len < sizeof line ? (size_t)len : sizeof line - 1;
    (void)!write(STDERR_FILENO, line, size); /* one call, so that threads do not mix; nobody to tell of a failure */
}
