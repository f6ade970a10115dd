#include "rules/refund_terms.h"

#include "core/money.h"
#include "rules/rule_field.h"

#define ADMIN_FEES_MAX 64

static const char *const term_keys[] = {"partial", "admin_fees", NULL};
static const char *const admin_keys[] = {"rate_ppm", "cap", "from", "to", "source", NULL};
static const char *const partial_names[] = {"returned", "kept", NULL};

struct reading {
    const struct yaml_file *file;
    struct problems *problems;
    const struct zone *zone;
    const struct fee_schedule *schedule;
};

static bool read_cap(const struct reading *reading, struct yaml_node *map, struct admin_fee *admin)
{
    struct yaml_node *cap = yaml_get(map, "cap");
    if (yaml_is_null(cap))
        return true;
    if (!reading->schedule->currency)
        return yaml_problem(reading->file, cap, reading->problems, "the pack has no currency");
    return rule_amount(reading->file, cap, reading->problems, reading->schedule->amount_scale, &admin->cap_minor);
}

static bool read_validity(const struct reading *reading, struct yaml_node *map, struct admin_fee *admin)
{
    struct yaml_node *to = yaml_get(map, "to");
    if (!reading->zone)
        return true;
    bool fits = rule_time(reading->file, yaml_get(map, "from"), reading->problems, reading->zone, &admin->valid_from_us);
    fits &= rule_time(reading->file, to, reading->problems, reading->zone, &admin->valid_to_us);
    if (fits && admin->valid_from_us >= admin->valid_to_us)
        return yaml_problem(reading->file, to, reading->problems, "ends before it begins");
    return fits;
}

static bool read_admin(const struct reading *reading, struct yaml_node *map, struct admin_fee *admin)
{
    const char *source = NULL;
    *admin = (struct admin_fee){.cap_minor = -1, .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX};
    if (map->kind != YAML_MAP)
        return yaml_problem(reading->file, map, reading->problems, "an administration fee is a map of keys");
    struct yaml_node *rate = yaml_get(map, "rate_ppm");
    bool ok = yaml_int(reading->file, rate, reading->problems, 0, PPM, &admin->rate_ppm);
    if (yaml_is_null(rate))
        ok = yaml_problem(reading->file, map, reading->problems, "rate_ppm is missing");
    ok &= yaml_text(reading->file, yaml_get(map, "source"), reading->problems, &source);
    if (!source || !*source)
        ok = yaml_problem(reading->file, map, reading->problems, "source is missing");
    ok &= read_cap(reading, map, admin);
    ok &= read_validity(reading, map, admin);
    return yaml_unknown_keys(reading->file, map, reading->problems, admin_keys) && ok;
}

static bool check_overlap(const struct reading *reading, const struct yaml_node *item, const struct admin_fee *fees, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fees[i].valid_from_us < fees[count].valid_to_us && fees[count].valid_from_us < fees[i].valid_to_us)
            return yaml_problem(reading->file, item, reading->problems, "is in force together with an earlier administration fee");
    return true;
}

static bool read_admins(const struct reading *reading, struct yaml_node *list, struct arena *arena, struct refund_terms *terms)
{
    bool ok = true;
    size_t count = 0;
    if (yaml_is_null(list))
        return true;
    if (list->kind != YAML_LIST)
        return yaml_problem(reading->file, list, reading->problems, "admin_fees is a list");
    for (const struct yaml_node *item = list->child; item; item = item->next)
        count++;
    if (count > ADMIN_FEES_MAX)
        return yaml_problem(reading->file, list, reading->problems, "more than %d administration fees", ADMIN_FEES_MAX);
    struct admin_fee *fees = arena_alloc(arena, (count + 1) * sizeof *fees);
    for (struct yaml_node *item = list->child; item; item = item->next) {
        bool fits = read_admin(reading, item, &fees[terms->admin_fee_count]) &&
                    check_overlap(reading, item, fees, terms->admin_fee_count);
        terms->admin_fee_count += fits;
        ok &= fits;
    }
    terms->admin_fees = fees;
    return ok;
}

bool refund_terms_read(const struct yaml_file *file, struct yaml_node *node, struct problems *problems, const struct zone *zone,
                       const struct fee_schedule *schedule, struct arena *arena, struct refund_terms *ret_terms)
{
    const struct reading reading = {file, problems, zone, schedule};
    int partial = 0;
    *ret_terms = (struct refund_terms){.amount_scale = schedule->amount_scale};
    if (yaml_is_null(node))
        return true;
    if (node->kind != YAML_MAP)
        return yaml_problem(file, node, problems, "refunds is a map of keys");
    bool ok = yaml_choice(file, yaml_get(node, "partial"), problems, partial_names, &partial);
    ret_terms->kept_on_partial = partial == 1;
    ok &= read_admins(&reading, yaml_get(node, "admin_fees"), arena, ret_terms);
    return yaml_unknown_keys(file, node, problems, term_keys) && ok;
}
