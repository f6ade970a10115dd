#include "common/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_kind kind, enum exit_code exit_code, const char *format, ...)
{
    if (!err)
        return false;
    err->kind = kind;
    err->exit_code = exit_code;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args); /* cut text still says where it broke */
    va_end(args);
    return false;
}

void err_prefix(struct err *err, const char *format, ...)
{
    if (!err)
        return;
    char context[ERR_TEXT_MAX], text[ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(context, sizeof context, format, args);
    va_end(args);
    memcpy(text, err->text, sizeof text);
    size_t room = sizeof err->text - 1, used = strnlen(context, room - 2);
    memcpy(err->text, context, used);
    memcpy(err->text + used, ": ", 2);
    used += 2;
    size_t rest = strnlen(text, room - used);
    memcpy(err->text + used, text, rest);
    err->text[used + rest] = '\0';
}
