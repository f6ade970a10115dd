/* The file is embedded, so a mistake in it is ours: the first problem is enough. */
#include "schemas/schema_ids.h"

#include <string.h>

#include "common/yaml.h"

#define IDS_FILE "ids.yaml"

static const char *const kind_keys[EVENT_KIND_COUNT] = {
    "orders", "ad_spend", "refunds", "settlements", "sku_mappings", "products", "unit_costs", "shops"};

static const struct embedded_file *find_file(const char *name)
{
    for (const struct embedded_file *file = embedded_avro; file->name; file++)
        if (name && !strcmp(file->name, name))
            return file;
    return NULL;
}

static bool add_entry(const struct yaml_file *yaml, struct yaml_node *node, enum event_kind kind, struct schema_ids *ids,
                      struct problems *problems)
{
    int64_t id = -1;
    const char *name = NULL;
    if (!yaml_int(yaml, yaml_get(node, "id"), problems, 0, INT32_MAX, &id) ||
        !yaml_text(yaml, yaml_get(node, "file"), problems, &name))
        return false;
    const struct embedded_file *file = find_file(name);
    if (id < 0 || !file || ids->count == SCHEMA_IDS_MAX)
        return yaml_problem(yaml, node, problems, "no id, no such file, or too many of them");
    ids->entries[ids->count++] = (struct schema_id){kind, (int32_t)id, file};
    return true;
}

static bool add_kind(const struct yaml_file *yaml, enum event_kind kind, struct schema_ids *ids, struct problems *problems)
{
    struct yaml_node *list = yaml_get(yaml->root, kind_keys[kind]);
    if (!list || list->kind != YAML_LIST || !list->child)
        return yaml_problem(yaml, yaml->root, problems, "no list of %s", kind_keys[kind]);
    for (struct yaml_node *node = list->child; node; node = node->next)
        if (!add_entry(yaml, node, kind, ids, problems))
            return false;
    return true;
}

static bool read_ids(const struct embedded_file *file, struct schema_ids *ids, struct problems *problems)
{
    struct yaml_file yaml;
    bool good = yaml_text_read(&yaml, IDS_FILE, file->data, file->size, problems);
    for (int kind = 0; kind < EVENT_KIND_COUNT && good; kind++)
        good = add_kind(&yaml, (enum event_kind)kind, ids, problems);
    yaml_file_done(&yaml);
    return good;
}

bool schema_ids_load(struct schema_ids *ret_ids, struct err *err)
{
    struct schema_ids ids = {.count = 0};
    struct problems problems = {.count = 0};
    const struct embedded_file *file = find_file(IDS_FILE);
    bool good = file && read_ids(file, &ids, &problems);
    if (good)
        *ret_ids = ids;
    else
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, IDS_FILE ": %s",
                      problems.count ? problems.items[0].reason : "not embedded");
    problems_done(&problems);
    return good;
}

bool schema_ids_find(const char *list, int32_t *ret_id, struct err *err)
{
    struct problems problems = {.count = 0};
    struct yaml_file yaml = {.root = NULL};
    const struct embedded_file *file = find_file(IDS_FILE);
    int64_t id = -1;
    bool good = file && yaml_text_read(&yaml, IDS_FILE, file->data, file->size, &problems);
    struct yaml_node *node = good ? yaml_get(yaml.root, list) : NULL;
    for (node = node && node->kind == YAML_LIST ? node->child : NULL; node; node = node->next)
        (void)yaml_int(&yaml, yaml_get(node, "id"), &problems, 0, INT32_MAX, &id);
    yaml_file_done(&yaml);
    problems_done(&problems);
    if (id < 0)
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, IDS_FILE ": no id of %s", list);
    *ret_id = (int32_t)id;
    return true;
}

const struct schema_id *schema_ids_newest(const struct schema_ids *ids, enum event_kind kind)
{
    const struct schema_id *newest = NULL;
    for (size_t i = 0; i < ids->count; i++)
        if (ids->entries[i].kind == kind)
            newest = &ids->entries[i];
    return newest; /* schema_ids_load has made sure that there is one */
}
