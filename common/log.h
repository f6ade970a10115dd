/*
 * Messages for people and log collectors, one line each, on standard error. On a terminal: "tillstream: warning: text"; elsewhere
 * logfmt: time, level, msg. Secrets are never given to it. Any thread.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

enum log_level { LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

#define log_info(...) log_line(LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_line(LEVEL_ERROR, __VA_ARGS__)

#endif
