/*
 * JSON as it is written: commas, quotes and escapes. Keys are NULL inside an array. Text is UTF-8 already.
 */
#ifndef SCHEMAS_JSON_OUT_H
#define SCHEMAS_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "schemas/event.h"

#define JSON_DEPTH_MAX 32

struct json_out {
    FILE *out;
    unsigned depth;
    uint32_t begun; /* bit per depth: something stands there already */
};

/* bracket: '{' or '['; json_end takes the one that closes it. */
void json_begin(struct json_out *json, const char *key, char bracket);
void json_end(struct json_out *json, char bracket);

void json_text(struct json_out *json, const char *key, struct text text); /* absent: null */
void json_string(struct json_out *json, const char *key, const char *string); /* NULL: null */
void json_number(struct json_out *json, const char *key, int64_t number); /* EVENT_ABSENT: null */
void json_double(struct json_out *json, const char *key, double number); /* not finite: null */
void json_flag(struct json_out *json, const char *key, bool flag);

#endif
