/*
 * A small JSON reader for schemas: a tree of slices of the text, in an arena. Bounded: JSON_BYTES_MAX bytes and
 * JSON_DEPTH_MAX levels, so that no schema, however hostile, takes more than a few megabytes or the stack.
 * Strings keep their escapes: what schemas compare (names, types) never has any.
 */
#ifndef SCHEMAS_JSON_H
#define SCHEMAS_JSON_H

#include "common/arena.h"
#include "common/err.h"
#include "schemas/event.h"

#define JSON_BYTES_MAX (256 * 1024)
#define JSON_DEPTH_MAX 32

enum json_kind { JSON_NULL, JSON_TRUE, JSON_FALSE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_kind kind;
    uint32_t count;           /* of children */
    struct text key;          /* where the parent is an object */
    struct text text;         /* of a number, or of a string without its quotes */
    const struct json *first; /* children in their order, linked by next */
    const struct json *next;
};

/* The tree of text[0..len), which must outlive it. NULL with err where it is no JSON or beyond the limits. */
const struct json *json_parse(struct arena *arena, const char *text, size_t len, struct err *err);

/* The value of an object's key, the first one where it is repeated; NULL where it is not there or json is no object. */
const struct json *json_get(const struct json *json, const char *key);

/* Whether json is a string (NULL is none), and this one. */
bool json_is_string(const struct json *json, const char *string);

bool text_equals(struct text text, const char *string);

#endif
