#include "common/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/hash.h"

/* Flow nesting makes libyaml 0.2.5 quadratic (40 kB of '[' take seconds), and it scans ahead of its events: so brackets are
 * counted in the text before it sees any. More than this many in a row of unclosed ones cannot be a configuration. */
#define FLOW_DEPTH_MAX 64

struct builder {
    struct yaml_file *file;
    struct problems *problems;
    yaml_parser_t parser;
    struct yaml_node *open[YAML_DEPTH_MAX];
    struct yaml_node **slots[YAML_DEPTH_MAX]; /* where the next child of each open node goes */
    size_t depth;
    char *key; /* of the entry whose value comes next; owned */
    unsigned key_line, key_column;
    bool done;
};

static bool at_mark(struct builder *builder, yaml_mark_t mark, const char *reason)
{
    return problems_add(builder->problems, builder->file->path, (unsigned)mark.line + 1, (unsigned)mark.column + 1, "", "%s",
                        reason);
}

static void node_free(struct yaml_node *node)
{
    while (node) {
        struct yaml_node *next = node->next;
        node_free(node->child);
        free((char *)node->key);
        free((char *)node->scalar);
        free(node);
        node = next;
    }
}

void yaml_file_done(struct yaml_file *file)
{
    node_free(file->root);
    free(file->path);
    *file = (struct yaml_file){0};
}

static struct yaml_node *parent_of(struct builder *builder)
{
    return builder->depth ? builder->open[builder->depth - 1] : NULL;
}

/* Puts a node where the next one belongs and takes the pending key over. */
static bool attach(struct builder *builder, struct yaml_node *node, yaml_mark_t mark)
{
    struct yaml_node *parent = parent_of(builder);
    node->line = (unsigned)mark.line + 1;
    node->column = (unsigned)mark.column + 1;
    node->parent = parent;
    node->key = builder->key;
    node->key_line = builder->key_line;
    node->key_column = builder->key_column;
    builder->key = NULL;
    if (!parent) {
        builder->file->root = node;
        return true;
    }
    struct yaml_node ***slot = &builder->slots[builder->depth - 1];
    **slot = node;
    *slot = &node->next;
    return true;
}

static bool wants_key(struct builder *builder)
{
    struct yaml_node *parent = parent_of(builder);
    return parent && parent->kind == YAML_MAP && !builder->key;
}

static bool take_key(struct builder *builder, const yaml_event_t *event)
{
    const char *key = (const char *)event->data.scalar.value;
    if (strlen(key) != event->data.scalar.length)
        return at_mark(builder, event->start_mark, "a key contains a NUL");
    for (const struct yaml_node *entry = parent_of(builder)->child; entry; entry = entry->next)
        if (strcmp(entry->key, key) == 0)
            return problems_add(builder->problems, builder->file->path, (unsigned)event->start_mark.line + 1,
                                (unsigned)event->start_mark.column + 1, key, "stands here twice, first in line %u",
                                entry->key_line);
    builder->key = strdup(key);
    builder->key_line = (unsigned)event->start_mark.line + 1;
    builder->key_column = (unsigned)event->start_mark.column + 1;
    return builder->key != NULL;
}

static bool take_scalar(struct builder *builder, const yaml_event_t *event)
{
    if (event->data.scalar.anchor || (event->data.scalar.tag && !event->data.scalar.plain_implicit))
        return at_mark(builder, event->start_mark, "anchors and tags are not allowed here");
    if (wants_key(builder))
        return take_key(builder, event);
    const char *value = (const char *)event->data.scalar.value;
    if (strlen(value) != event->data.scalar.length)
        return at_mark(builder, event->start_mark, "a value contains a NUL");
    struct yaml_node *node = calloc(1, sizeof *node);
    if (!node)
        return at_mark(builder, event->start_mark, "out of memory");
    node->kind = YAML_SCALAR;
    node->scalar = strdup(value);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return attach(builder, node, event->start_mark) && node->scalar;
}

static bool open_node(struct builder *builder, const yaml_event_t *event, enum yaml_kind kind)
{
    const yaml_char_t *anchor = kind == YAML_MAP ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag = kind == YAML_MAP ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    if (anchor || tag)
        return at_mark(builder, event->start_mark, "anchors and tags are not allowed here");
    if (wants_key(builder))
        return at_mark(builder, event->start_mark, "a key must be plain text");
    if (builder->depth == YAML_DEPTH_MAX)
        return at_mark(builder, event->start_mark, "nested deeper than 32");
    struct yaml_node *node = calloc(1, sizeof *node);
    if (!node)
        return at_mark(builder, event->start_mark, "out of memory");
    node->kind = kind;
    (void)attach(builder, node, event->start_mark);
    builder->slots[builder->depth] = &node->child;
    builder->open[builder->depth++] = node;
    return true;
}

static bool take_event(struct builder *builder, const yaml_event_t *event)
{
    switch ((int)event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(builder, event);
    case YAML_MAPPING_START_EVENT:
        return open_node(builder, event, YAML_MAP);
    case YAML_SEQUENCE_START_EVENT:
        return open_node(builder, event, YAML_LIST);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        builder->depth--;
        return true;
    case YAML_ALIAS_EVENT:
        return at_mark(builder, event->start_mark, "aliases are not allowed here");
    case YAML_DOCUMENT_START_EVENT:
        return !builder->file->root || at_mark(builder, event->start_mark, "a second document is not allowed here");
    case YAML_STREAM_END_EVENT:
        builder->done = true;
        return true;
    default:
        return true;
    }
}

static bool take_all(struct builder *builder)
{
    while (!builder->done) {
        yaml_event_t event;
        if (!yaml_parser_parse(&builder->parser, &event)) {
            yaml_mark_t mark = builder->parser.problem_mark;
            return at_mark(builder, mark, builder->parser.problem ? builder->parser.problem : "not YAML");
        }
        bool taken = take_event(builder, &event);
        yaml_event_delete(&event);
        if (!taken)
            return false;
    }
    struct yaml_node *root = builder->file->root;
    if (root && root->kind == YAML_SCALAR && yaml_is_null(root)) {
        node_free(root);
        builder->file->root = root = NULL;
    }
    return !root || root->kind == YAML_MAP ||
           problems_add(builder->problems, builder->file->path, root->line, root->column, "", "must be a map of keys");
}

static bool is_flat_enough(const struct yaml_file *file, const char *text, size_t len, struct problems *problems)
{
    size_t depth = 0;
    unsigned line = 1;
    for (size_t i = 0; i < len; i++) {
        line += text[i] == '\n';
        if (text[i] == '[' || text[i] == '{')
            depth++;
        else if ((text[i] == ']' || text[i] == '}') && depth)
            depth--;
        if (depth > FLOW_DEPTH_MAX)
            return problems_add(problems, file->path, line, 1, "", "too many unclosed brackets");
    }
    return true;
}

bool yaml_text_read(struct yaml_file *ret_file, const char *path, const char *text, size_t len, struct problems *problems)
{
    *ret_file = (struct yaml_file){.path = strdup(path), .hash = hash64(text, len)};
    struct builder builder = {.file = ret_file, .problems = problems};
    if (len > YAML_BYTES_MAX)
        return problems_add(problems, path, 0, 0, "", "is larger than 1 MiB");
    if (!ret_file->path || !is_flat_enough(ret_file, text, len, problems))
        return false;
    if (!yaml_parser_initialize(&builder.parser))
        return problems_add(problems, path, 0, 0, "", "out of memory");
    yaml_parser_set_input_string(&builder.parser, (const unsigned char *)text, len);
    bool taken = take_all(&builder);
    yaml_parser_delete(&builder.parser);
    free(builder.key);
    return taken;
}

bool yaml_file_read(struct yaml_file *ret_file, const char *path, struct problems *problems)
{
    *ret_file = (struct yaml_file){0};
    FILE *in = fopen(path, "rb");
    if (!in)
        return problems_add(problems, path, 0, 0, "", "cannot be read: %m");
    char *text = malloc(YAML_BYTES_MAX + 1);
    size_t len = text ? fread(text, 1, YAML_BYTES_MAX + 1, in) : 0;
    bool read = (text && !ferror(in)) || problems_add(problems, path, 0, 0, "", "cannot be read: %m");
    (void)fclose(in); /* only read from */
    read = read && yaml_text_read(ret_file, path, text, len, problems);
    free(text);
    return read;
}

struct yaml_node *yaml_get(struct yaml_node *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (struct yaml_node *entry = map->child; entry; entry = entry->next) {
        if (strcmp(entry->key, key) == 0) {
            entry->used = true;
            return entry;
        }
    }
    return NULL;
}

static size_t put_path(const struct yaml_node *node, char *path, size_t size)
{
    if (!node || !node->parent) {
        path[0] = '\0';
        return 0;
    }
    size_t used = put_path(node->parent, path, size);
    int more;
    if (node->key) {
        more = snprintf(path + used, size - used, "%s%s", used ? "." : "", node->key);
    } else {
        size_t index = 0;
        for (const struct yaml_node *item = node->parent->child; item && item != node; item = item->next)
            index++;
        more = snprintf(path + used, size - used, "[%zu]", index);
    }
    used += more < 0 ? 0 : (size_t)more;
    return used < size ? used : size - 1;
}

void yaml_path(const struct yaml_node *node, char *ret_path, size_t size)
{
    (void)put_path(node, ret_path, size);
}

static struct yaml_node *entry_of(struct yaml_node *map, const char *key, size_t len)
{
    struct yaml_node *entry = map->child;
    while (entry && (strlen(entry->key) != len || strncmp(entry->key, key, len) != 0))
        entry = entry->next;
    return entry;
}

static struct yaml_node *entry_add(struct yaml_node *map, const char *key, size_t len)
{
    struct yaml_node *entry = calloc(1, sizeof *entry), **slot = &map->child;
    if (!entry)
        return NULL;
    while (*slot)
        slot = &(*slot)->next;
    *slot = entry;
    entry->kind = YAML_MAP;
    entry->parent = map;
    entry->key = strndup(key, len);
    return entry;
}

/* The entry that path leads to, made where it is not there; NULL where a scalar or a list is in the way. */
static struct yaml_node *walk(struct yaml_node *map, const char *path, const char *origin)
{
    while (map && map->kind == YAML_MAP) {
        size_t len = strcspn(path, ".");
        struct yaml_node *entry = entry_of(map, path, len);
        if (!entry && (entry = entry_add(map, path, len)) != NULL)
            entry->origin = origin;
        if (!path[len])
            return entry;
        path += len + 1;
        map = entry;
    }
    return NULL;
}

bool yaml_set(struct yaml_file *file, const char *path, const char *value, const char *origin, struct problems *problems)
{
    if (!file->root)
        file->root = calloc(1, sizeof *file->root);
    if (!file->root)
        return problems_add(problems, origin, 0, 0, path, "out of memory");
    if (!file->root->line)
        file->root->kind = YAML_MAP;
    struct yaml_node *node = walk(file->root, path, origin);
    if (!node || !node->key)
        return problems_add(problems, origin, 0, 0, path, "does not name a key");
    node_free(node->child);
    free((char *)node->scalar);
    node->child = NULL;
    node->kind = YAML_SCALAR;
    node->scalar = strdup(value);
    node->quoted = false;
    node->origin = origin;
    return node->scalar || problems_add(problems, origin, 0, 0, path, "out of memory");
}
