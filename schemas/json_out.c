#include "schemas/json_out.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put_string(struct json_out *json, const char *at, size_t len)
{
    (void)fputc('"', json->out);
    for (const char *end = at + len; at < end; at++) {
        if (*at == '"' || *at == '\\')
            (void)fprintf(json->out, "\\%c", *at);
        else if ((unsigned char)*at < 0x20 || *at == 0x7f)
            (void)fprintf(json->out, "\\u%04x", (unsigned)(unsigned char)*at);
        else
            (void)fputc(*at, json->out);
    }
    (void)fputc('"', json->out);
}

static void put_key(struct json_out *json, const char *key)
{
    uint32_t bit = UINT32_C(1) << json->depth;
    if (json->begun & bit)
        (void)fputs(", ", json->out);
    json->begun |= bit;
    if (!key)
        return;
    put_string(json, key, strlen(key));
    (void)fputs(": ", json->out);
}

void json_begin(struct json_out *json, const char *key, char bracket)
{
    put_key(json, key);
    (void)fputc(bracket, json->out);
    json->depth++;
    assert(json->depth < JSON_DEPTH_MAX);
    json->begun &= ~(UINT32_C(1) << json->depth);
}

void json_end(struct json_out *json, char bracket)
{
    assert(json->depth > 0);
    json->depth--;
    (void)fputc(bracket, json->out);
}

void json_text(struct json_out *json, const char *key, struct text text)
{
    put_key(json, key);
    if (text.ptr)
        put_string(json, text.ptr, text.len);
    else
        (void)fputs("null", json->out);
}

void json_string(struct json_out *json, const char *key, const char *string)
{
    json_text(json, key, (struct text){string, string ? (uint32_t)strlen(string) : 0});
}

void json_number(struct json_out *json, const char *key, int64_t number)
{
    put_key(json, key);
    if (number == EVENT_ABSENT)
        (void)fputs("null", json->out);
    else
        (void)fprintf(json->out, "%" PRId64, number);
}

void json_double(struct json_out *json, const char *key, double number)
{
    put_key(json, key);
    if (isfinite(number))
        (void)fprintf(json->out, "%.17g", number);
    else
        (void)fputs("null", json->out);
}

void json_flag(struct json_out *json, const char *key, bool flag)
{
    put_key(json, key);
    (void)fputs(flag ? "true" : "false", json->out);
}
