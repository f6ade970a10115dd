/* The file is embedded, so a mistake in it is ours: the messages are for us. Libyaml's document tree is enough for its size. */
#include "schemas/schema_ids.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define IDS_FILE "ids.yaml"

static const char *const kind_keys[EVENT_KIND_COUNT] = {"orders", "ad_spend"};

static const struct embedded_file *find_file(const char *name)
{
    for (const struct embedded_file *file = embedded_avro; file->name; file++)
        if (!strcmp(file->name, name))
            return file;
    return NULL;
}

static const char *scalar(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
}

static yaml_node_t *get(yaml_document_t *document, const yaml_node_t *map, const char *key)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++)
        if (!strcmp(scalar(yaml_document_get_node(document, pair->key)), key))
            return yaml_document_get_node(document, pair->value);
    return NULL;
}

static bool add_entry(yaml_document_t *document, const yaml_node_t *node, enum event_kind kind, struct schema_ids *ids,
                      struct err *err)
{
    const char *id = scalar(get(document, node, "id")), *name = scalar(get(document, node, "file"));
    char *end = NULL;
    long number = strtol(id, &end, 10);
    const struct embedded_file *file = find_file(name);
    if (!*id || *end || number < 0 || number > INT32_MAX || !file || ids->count == SCHEMA_IDS_MAX)
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, IDS_FILE ": id '%s', file '%s'", id, name);
    ids->entries[ids->count++] = (struct schema_id){kind, (int32_t)number, file};
    return true;
}

static bool add_kind(yaml_document_t *document, enum event_kind kind, struct schema_ids *ids, struct err *err)
{
    const yaml_node_t *list = get(document, yaml_document_get_root_node(document), kind_keys[kind]);
    if (!list || list->type != YAML_SEQUENCE_NODE || list->data.sequence.items.start == list->data.sequence.items.top)
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, IDS_FILE ": no list of %s", kind_keys[kind]);
    const yaml_node_item_t *item = list->data.sequence.items.start;
    for (; item < list->data.sequence.items.top; item++)
        if (!add_entry(document, yaml_document_get_node(document, *item), kind, ids, err))
            return false;
    return true;
}

bool schema_ids_load(struct schema_ids *ret_ids, struct err *err)
{
    struct schema_ids ids = {.count = 0};
    const struct embedded_file *file = find_file(IDS_FILE);
    yaml_parser_t parser;
    yaml_document_t document;
    if (!file || !yaml_parser_initialize(&parser))
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, IDS_FILE " cannot be read");
    yaml_parser_set_input_string(&parser, (const unsigned char *)file->data, file->size);
    bool good = yaml_parser_load(&parser, &document);
    if (good) {
        for (int kind = 0; kind < EVENT_KIND_COUNT && good; kind++)
            good = add_kind(&document, (enum event_kind)kind, &ids, err);
        yaml_document_delete(&document);
    } else {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, IDS_FILE " is no YAML");
    }
    yaml_parser_delete(&parser);
    if (good)
        *ret_ids = ids;
    return good;
}

const struct schema_id *schema_ids_newest(const struct schema_ids *ids, enum event_kind kind)
{
    const struct schema_id *newest = NULL;
    for (size_t i = 0; i < ids->count; i++)
        if (ids->entries[i].kind == kind)
            newest = &ids->entries[i];
    return newest; /* schema_ids_load has made sure that there is one */
}
