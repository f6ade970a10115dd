/*
 * What went wrong at an edge, in a struct that the caller owns. Only the one who decides what to do about it logs it.
 * kind says who can help: RETRY the world may heal, REJECT this record is bad, FATAL we or the configuration are wrong.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include <stdbool.h>

#define ERR_TEXT_MAX 512

enum err_kind { ERR_NONE, ERR_RETRY, ERR_REJECT, ERR_FATAL };

/* Exit codes of the program; the values follow sysexits.h. */
enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_MISMATCH = 1,
    EXIT_CODE_USAGE = 64,
    EXIT_CODE_DATA = 65,
    EXIT_CODE_UNAVAILABLE = 69,
    EXIT_CODE_INTERNAL = 70,
    EXIT_CODE_AGAIN = 75,
    EXIT_CODE_CONFIG = 78
};

struct err {
    enum err_kind kind;
    enum exit_code exit_code; /* what the program exits with if this ends it */
    char text[ERR_TEXT_MAX];  /* one line, with the place and the remedy, no newline at the end */
};

/* Fills err (which may be NULL) and returns false, so that `return err_set(...)` reads well. Cuts over-long text. */
__attribute__((format(printf, 4, 5))) bool err_set(struct err *err, enum err_kind kind, enum exit_code exit_code,
                                                   const char *format, ...);

/* Puts "context: " in front of err's text. */
__attribute__((format(printf, 2, 3))) void err_prefix(struct err *err, const char *format, ...);

#endif
