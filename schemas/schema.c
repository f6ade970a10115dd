/* Every JSON node is visited once, by a recursion that json_parse has bounded; names are linked through a list. */
#include "schemas/schema.h"

#include <string.h>

#include "schemas/json.h"

#define FIXED_BYTES_MAX EVENT_BYTES_MAX

static const char *const type_names[] = {"null",   "boolean", "int",   "long", "float", "double", "bytes",
                                         "string", "fixed",   "enum",  "array", "map",  "union",  "record"};

struct named {
    const struct schema *schema;
    struct named *next;
};

struct reader {
    struct arena *arena;
    struct named *names;
    struct err *err;
};

static const struct schema *read_schema(struct reader *reader, const struct json *json, struct text namespace);

const char *schema_type_name(enum schema_type type)
{
    return type_names[type];
}

static const struct schema *fail(struct reader *reader, const char *what, struct text name)
{
    (void)err_set(reader->err, ERR_FATAL, EXIT_CODE_DATA, "schema: %s: %.*s", what, (int)(name.len < 80 ? name.len : 80),
                  name.ptr ? name.ptr : "");
    return NULL;
}

static struct schema *schema_new(struct reader *reader, enum schema_type type)
{
    struct schema *schema = arena_alloc(reader->arena, sizeof *schema);
    *schema = (struct schema){.type = type};
    return schema;
}

static bool is_name(struct text text, bool with_dots)
{
    if (!text.ptr || !text.len || (text.ptr[0] >= '0' && text.ptr[0] <= '9'))
        return false;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(c >= '0' && c <= '9') && !(with_dots && c == '.'))
            return false;
    }
    return true;
}

/* "a.b.C" is C in a.b, whatever namespace says. */
static void split_name(struct text full, struct text namespace, struct schema *ret_schema)
{
    uint32_t dot = full.len;
    while (dot && full.ptr[dot - 1] != '.')
        dot--;
    ret_schema->name = (struct text){full.ptr + dot, full.len - dot};
    ret_schema->namespace = dot ? (struct text){full.ptr, dot - 1} : namespace;
}

static const struct schema *find_name(struct reader *reader, struct text full, struct text namespace)
{
    struct schema wanted;
    split_name(full, namespace, &wanted);
    for (struct named *named = reader->names; named; named = named->next)
        if (text_same(named->schema->name, wanted.name) && text_same(named->schema->namespace, wanted.namespace))
            return named->schema;
    return NULL;
}

static const struct schema *read_reference(struct reader *reader, struct text name, struct text namespace)
{
    for (int type = SCHEMA_NULL; type <= SCHEMA_STRING; type++)
        if (text_equals(name, type_names[type]))
            return schema_new(reader, (enum schema_type)type);
    const struct schema *known = is_name(name, true) ? find_name(reader, name, namespace) : NULL;
    return known ? known : fail(reader, "unknown type", name);
}

static bool define_name(struct reader *reader, const struct json *json, struct text namespace, struct schema *schema)
{
    const struct json *name = json_get(json, "name"), *space = json_get(json, "namespace");
    if (!name || name->kind != JSON_STRING || !is_name(name->text, true))
        return fail(reader, "a named type without a valid name", name ? name->text : (struct text){0}) != NULL;
    if (space && space->kind == JSON_STRING)
        namespace = space->text;
    if (find_name(reader, name->text, namespace))
        return fail(reader, "the name is defined twice", name->text) != NULL;
    split_name(name->text, namespace, schema);
    if (!is_name(schema->name, false))
        return fail(reader, "not a name", name->text) != NULL;
    struct named *named = arena_alloc(reader->arena, sizeof *named);
    *named = (struct named){schema, reader->names};
    reader->names = named;
    return true;
}

static bool name_repeats(const struct text *names, uint32_t count)
{
    for (uint32_t i = 0; i + 1 < count; i++)
        if (text_same(names[i], names[count - 1]))
            return true;
    return false;
}

/* Bounded, as names are compared each with each. */
static bool open_children(struct reader *reader, const struct json *list, struct schema *schema)
{
    if (!list || list->kind != JSON_ARRAY || list->count > 1000)
        return fail(reader, "a list is missing or has more than 1000 entries", schema->name) != NULL;
    schema->children = arena_alloc(reader->arena, list->count * sizeof *schema->children);
    schema->names = arena_alloc(reader->arena, list->count * sizeof *schema->names);
    return true;
}

static const struct schema *read_record(struct reader *reader, const struct json *json, struct text namespace)
{
    struct schema *record = schema_new(reader, SCHEMA_RECORD);
    const struct json *fields = json_get(json, "fields");
    if (!define_name(reader, json, namespace, record) || !open_children(reader, fields, record))
        return NULL;
    for (const struct json *field = fields->first; field; field = field->next) {
        const struct json *name = json_get(field, "name"), *type = json_get(field, "type");
        if (!name || name->kind != JSON_STRING || !is_name(name->text, false) || !type)
            return fail(reader, "a field without a valid name and type in", record->name);
        record->names[record->count] = name->text;
        record->children[record->count] = read_schema(reader, type, record->namespace);
        if (!record->children[record->count++])
            return NULL;
        if (name_repeats(record->names, record->count))
            return fail(reader, "the field is there twice", name->text);
    }
    return record;
}

static const struct schema *read_enum(struct reader *reader, const struct json *json, struct text namespace)
{
    struct schema *schema = schema_new(reader, SCHEMA_ENUM);
    const struct json *symbols = json_get(json, "symbols");
    if (!define_name(reader, json, namespace, schema) || !open_children(reader, symbols, schema))
        return NULL;
    for (const struct json *symbol = symbols->first; symbol; symbol = symbol->next) {
        if (symbol->kind != JSON_STRING || !is_name(symbol->text, false))
            return fail(reader, "a symbol that is no name in", schema->name);
        schema->names[schema->count++] = symbol->text;
        if (name_repeats(schema->names, schema->count))
            return fail(reader, "the symbol is there twice", symbol->text);
    }
    return schema;
}

static const struct schema *read_fixed(struct reader *reader, const struct json *json, struct text namespace)
{
    struct schema *schema = schema_new(reader, SCHEMA_FIXED);
    if (!define_name(reader, json, namespace, schema))
        return NULL;
    const struct json *size = json_get(json, "size");
    if (!size || size->kind != JSON_NUMBER)
        return fail(reader, "a fixed without a size", schema->name);
    for (uint32_t i = 0; i < size->text.len; i++) {
        if (size->text.ptr[i] < '0' || size->text.ptr[i] > '9' || schema->size > FIXED_BYTES_MAX)
            return fail(reader, "an impossible size of fixed", schema->name);
        schema->size = schema->size * 10 + (uint32_t)(size->text.ptr[i] - '0');
    }
    return schema;
}

static const struct schema *read_items(struct reader *reader, enum schema_type type, const struct json *items,
                                       struct text namespace)
{
    struct schema *schema = schema_new(reader, type);
    if (!items)
        return fail(reader, "no items or values in", (struct text){type_names[type], 5});
    schema->children = arena_alloc(reader->arena, sizeof *schema->children);
    schema->children[0] = read_schema(reader, items, namespace);
    return schema->children[0] ? schema : NULL;
}

/* Without a name of their own two branches of a type cannot be told apart. */
static bool branch_repeats(const struct schema *schema)
{
    enum schema_type type = schema->children[schema->count - 1]->type;
    if (type == SCHEMA_RECORD || type == SCHEMA_ENUM || type == SCHEMA_FIXED)
        return false;
    for (uint32_t i = 0; i + 1 < schema->count; i++)
        if (schema->children[i]->type == type)
            return true;
    return false;
}

static const struct schema *read_union(struct reader *reader, const struct json *json, struct text namespace)
{
    struct schema *schema = schema_new(reader, SCHEMA_UNION);
    if (!open_children(reader, json, schema))
        return NULL;
    for (const struct json *branch = json->first; branch; branch = branch->next) {
        schema->children[schema->count] = read_schema(reader, branch, namespace);
        if (!schema->children[schema->count])
            return NULL;
        if (schema->children[schema->count++]->type == SCHEMA_UNION)
            return fail(reader, "a union in a union", (struct text){0});
        if (branch_repeats(schema))
            return fail(reader, "a union has a type twice", branch->text);
    }
    return schema;
}

/* {"type": "long", "logicalType": ...}, or any other type with attributes. Only numbers need their logical type. */
static const struct schema *read_wrapped(struct reader *reader, const struct json *json, struct text namespace)
{
    const struct schema *inner = read_schema(reader, json_get(json, "type"), namespace);
    const struct json *logical = json_get(json, "logicalType");
    if (!inner || inner->type > SCHEMA_STRING || !logical || logical->kind != JSON_STRING)
        return inner;
    struct schema *copy = schema_new(reader, inner->type);
    *copy = *inner;
    copy->logical_type = logical->text;
    return copy;
}

static const struct schema *read_schema(struct reader *reader, const struct json *json, struct text namespace)
{
    if (!json)
        return fail(reader, "a type is missing", (struct text){0});
    if (json->kind == JSON_STRING)
        return read_reference(reader, json->text, namespace);
    if (json->kind == JSON_ARRAY)
        return read_union(reader, json, namespace);
    const struct json *type = json_get(json, "type");
    if (json_is_string(type, "record"))
        return read_record(reader, json, namespace);
    if (json_is_string(type, "enum"))
        return read_enum(reader, json, namespace);
    if (json_is_string(type, "fixed"))
        return read_fixed(reader, json, namespace);
    if (json_is_string(type, "array"))
        return read_items(reader, SCHEMA_ARRAY, json_get(json, "items"), namespace);
    if (json_is_string(type, "map"))
        return read_items(reader, SCHEMA_MAP, json_get(json, "values"), namespace);
    return read_wrapped(reader, json, namespace);
}

const struct schema *schema_parse(struct arena *arena, const char *json, size_t len, struct err *err)
{
    const struct json *root = json_parse(arena, json, len, err);
    struct reader reader = {.arena = arena, .err = err};
    return root ? read_schema(&reader, root, (struct text){0}) : NULL;
}
