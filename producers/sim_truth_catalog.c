#include "producers/sim_truth_catalog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "producers/sim_catalog.h"
#include "producers/sim_json.h"
#include "producers/sim_table.h"

#define KINDS 4

static const char *const kind_names[KINDS] = {"sku_mappings", "products", "unit_costs", "shops"};

struct component {
    uint64_t sku;
    int64_t quantity;
};

struct version {
    int64_t valid_from_us, valid_to_us, revision;
    int64_t cost_minor;
    uint32_t component_count;
    struct component components[SIM_COMPONENTS_MAX];
    uint32_t next; /* of the same thing, SIM_TABLE_NONE: none */
};

struct sim_catalog_truth {
    uint32_t shops;
    struct sim_table things; /* of a kind and a shop, by SKU */
    uint32_t *heads;         /* of each thing's versions */
    struct version *versions;
    uint32_t version_count;
    uint64_t sent[KINDS], duplicates, stale, late, versions_of[KINDS], restated;
    uint64_t malformed[REASON_COUNT];
};

struct sim_catalog_truth *sim_catalog_truth_new(const struct simulator_config *config)
{
    struct sim_catalog_truth *truth = calloc(1, sizeof *truth);
    if (truth)
        truth->shops = config->shops;
    return truth;
}

void sim_catalog_truth_free(struct sim_catalog_truth *truth)
{
    if (!truth)
        return;
    sim_table_done(&truth->things);
    free(truth->heads);
    free(truth->versions);
    free(truth);
}

static struct hash128 thing_of(enum event_kind kind, const struct sim_shop *shop, uint64_t sku)
{
    return (struct hash128){sku, (uint64_t)shop->number * EVENT_KIND_COUNT + kind};
}

static struct text sku_of(const struct event *event)
{
    if (event->kind == EVENT_SKU_MAPPING)
        return event->sku_mapping.platform_sku;
    if (event->kind == EVENT_UNIT_COST)
        return event->unit_cost.sku;
    return event->kind == EVENT_PRODUCT ? event->product.sku : (struct text){"", 0};
}

static struct version version_of(const struct event *event)
{
    struct version version = {.revision = event->revision, .valid_to_us = EVENT_ABSENT};
    if (event->kind == EVENT_PRODUCT)
        version.valid_from_us = event->product.valid_from_us;
    if (event->kind == EVENT_SHOP)
        version.valid_from_us = event->shop.valid_from_us;
    if (event->kind == EVENT_UNIT_COST) {
        version.valid_from_us = event->unit_cost.valid_from_us;
        version.valid_to_us = event->unit_cost.valid_to_us;
        version.cost_minor = event->unit_cost.cost_minor;
    }
    if (event->kind == EVENT_SKU_MAPPING) {
        const struct sku_mapping *mapping = &event->sku_mapping;
        version.valid_from_us = mapping->valid_from_us;
        version.valid_to_us = mapping->valid_to_us;
        version.component_count = mapping->component_count;
        for (uint32_t i = 0; i < mapping->component_count; i++)
            version.components[i] = (struct component){hash64(mapping->components[i].sku.ptr, mapping->components[i].sku.len),
                                                       mapping->components[i].quantity};
    }
    return version;
}

/* Of the thing, which is added where it is new. */
static uint32_t *head_of(struct sim_catalog_truth *truth, const struct sim_item *item)
{
    struct text sku = sku_of(item->event);
    uint32_t known = truth->things.count;
    uint32_t index = sim_table_add(&truth->things, thing_of(item->event->kind, item->shop, hash64(sku.ptr, sku.len)));
    if (index == known) {
        truth->heads = sim_array_grow(truth->heads, known, sizeof *truth->heads);
        truth->heads[index] = SIM_TABLE_NONE;
    }
    return &truth->heads[index];
}

static void keep(struct sim_catalog_truth *truth, const struct sim_item *item)
{
    uint32_t *head = head_of(truth, item), at = *head;
    struct version version = version_of(item->event);
    while (at != SIM_TABLE_NONE && truth->versions[at].valid_from_us != version.valid_from_us)
        at = truth->versions[at].next;
    if (at == SIM_TABLE_NONE) {
        version.next = *head;
        *head = truth->version_count;
        truth->versions = sim_array_grow(truth->versions, truth->version_count, sizeof *truth->versions);
        truth->versions[truth->version_count++] = version;
        truth->versions_of[item->event->kind - EVENT_SKU_MAPPING]++;
        return;
    }
    struct version *held = &truth->versions[at];
    version.next = held->next;
    truth->duplicates += version.revision == held->revision;
    truth->stale += version.revision < held->revision;
    truth->restated += version.revision > held->revision;
    if (version.revision > held->revision)
        *held = version;
}

void sim_catalog_truth_add(struct sim_catalog_truth *truth, const struct sim_item *item)
{
    if (event_topic_of(item->event->kind) != TOPIC_CATALOG)
        return;
    truth->malformed[item->malformed]++;
    if (item->malformed != REASON_NONE)
        return;
    truth->sent[item->event->kind - EVENT_SKU_MAPPING]++;
    truth->late += item->late;
    keep(truth, item);
}

static const struct version *in_force(const struct sim_catalog_truth *truth, struct hash128 thing, int64_t at_us)
{
    uint32_t index = sim_table_find(&truth->things, thing);
    const struct version *last = NULL;
    for (uint32_t i = index == SIM_TABLE_NONE ? index : truth->heads[index]; i != SIM_TABLE_NONE; i = truth->versions[i].next) {
        const struct version *version = &truth->versions[i];
        if (version->valid_from_us <= at_us && (!last || version->valid_from_us > last->valid_from_us))
            last = version;
    }
    bool ended = last && last->valid_to_us != EVENT_ABSENT && at_us >= last->valid_to_us;
    return ended ? NULL : last;
}

bool sim_catalog_truth_cost(const struct sim_catalog_truth *truth, const struct sim_shop *shop, uint64_t sku, int64_t at_us,
                            int64_t *ret_cost_minor)
{
    const struct version *mapping = in_force(truth, thing_of(EVENT_SKU_MAPPING, shop, sku), at_us);
    const struct component itself = {sku, 1}, *components = mapping ? mapping->components : &itself;
    uint32_t count = mapping ? mapping->component_count : 1;
    int64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct version *cost = in_force(truth, thing_of(EVENT_UNIT_COST, shop, components[i].sku), at_us);
        if (!cost)
            return false;
        sum += cost->cost_minor * components[i].quantity;
    }
    *ret_cost_minor = sum;
    return count != 0;
}

static void write_kinds(const char *name, const uint64_t *counts, FILE *out)
{
    (void)fprintf(out, "\"%s\": {", name);
    for (int i = 0; i < KINDS; i++)
        (void)fprintf(out, "%s\"%s\": %" PRIu64, i ? ", " : "", kind_names[i], counts[i]);
    (void)fputs("}, ", out);
}

static bool is_known(const struct sim_catalog_truth *truth, const struct sim_shop *shop, const char *sku)
{
    uint64_t hash = hash64(sku, strlen(sku));
    return sim_table_find(&truth->things, thing_of(EVENT_SKU_MAPPING, shop, hash)) != SIM_TABLE_NONE ||
           sim_table_find(&truth->things, thing_of(EVENT_UNIT_COST, shop, hash)) != SIM_TABLE_NONE;
}

static void write_uncosted(const struct sim_catalog_truth *truth, const struct simulator *simulator, FILE *out)
{
    const char *comma = "";
    (void)fputs(",\n  \"uncosted\": [", out);
    for (uint32_t i = 0; i < truth->shops; i++) {
        const struct sim_shop *shop = simulator_shop(simulator, i);
        for (uint32_t s = 0; s < shop->sku_count; s++) {
            if (is_known(truth, shop, shop->skus[s].id))
                continue;
            (void)fprintf(out, "%s\n   {\"shop_id\": \"%s\", \"sku\": \"%s\"}", comma, shop->id, shop->skus[s].id);
            comma = ",";
        }
    }
    (void)fputs("\n  ]},\n", out);
}

void sim_catalog_truth_write(const struct sim_catalog_truth *truth, const struct simulator *simulator, FILE *out)
{
    (void)fputs(" \"catalog\": {", out);
    write_kinds("sent", truth->sent, out);
    write_kinds("versions", truth->versions_of, out);
    (void)fprintf(out,
                  "\"restated\": %" PRIu64 ", \"duplicates\": %" PRIu64 ", \"stale\": %" PRIu64 ", \"late\": %" PRIu64
                  ", \"malformed\": ",
                  truth->restated, truth->duplicates, truth->stale, truth->late);
    sim_json_reasons(truth->malformed, out);
    write_uncosted(truth, simulator, out);
}
