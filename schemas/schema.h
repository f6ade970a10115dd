/*
 * A writer's Avro schema as a tree: what its JSON says, with names resolved. Our own reader, because avro-c forgets logical
 * types and defaults and dies on hostile schemas; only files of ours and a registry give schemas, but a registry is a server too.
 */
#ifndef SCHEMAS_SCHEMA_H
#define SCHEMAS_SCHEMA_H

#include "common/arena.h"
#include "common/err.h"
#include "schemas/event.h"

enum schema_type {
    SCHEMA_NULL,
    SCHEMA_BOOLEAN,
    SCHEMA_INT,
    SCHEMA_LONG,
    SCHEMA_FLOAT,
    SCHEMA_DOUBLE,
    SCHEMA_BYTES,
    SCHEMA_STRING,
    SCHEMA_FIXED,
    SCHEMA_ENUM,
    SCHEMA_ARRAY,
    SCHEMA_MAP,
    SCHEMA_UNION,
    SCHEMA_RECORD
};

struct schema {
    enum schema_type type;
    struct text name;         /* without namespace: record, enum, fixed */
    struct text namespace;    /* may be absent */
    struct text logical_type; /* absent where none */
    uint32_t size;            /* bytes of a fixed */
    uint32_t count;           /* fields, symbols or branches */
    /* Nodes of a record's fields and a union's branches, count of them; one node for the items of an array or map. A field
     * of a record that contains itself points back: trees made from JSON may have circles, walk them with a limit. */
    const struct schema **children;
    struct text *names;       /* of fields or symbols */
};

/* The tree of json[0..len), in arena; its texts are slices of json. NULL with err. */
const struct schema *schema_parse(struct arena *arena, const char *json, size_t len, struct err *err);

const char *schema_type_name(enum schema_type type);

#endif
