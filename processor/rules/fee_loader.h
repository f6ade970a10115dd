/*
 * A fee pack while it is read: what the files of the reader share. Nobody else includes this.
 */
#ifndef RULES_FEE_LOADER_H
#define RULES_FEE_LOADER_H

#include "common/arena.h"
#include "common/yaml.h"
#include "core/fees.h"
#include "core/zone.h"

struct fee_loader {
    const struct yaml_file *file;
    struct problems *problems;
    struct fee_schedule *schedule; /* being filled */
    struct arena *arena;           /* owns all that the schedule points to */
    struct fee_rule *rules;        /* schedule->rules */
    const char **slot_names;       /* schedule->slot_names; room for FEE_SLOTS_MAX */
    struct zone zone;
    bool zone_known; /* else times are not read: they would all be wrong for one reason */
    bool ok;
};

/* Takes note of a reader's result, and returns it. */
bool fee_loader_check(struct fee_loader *loader, bool ok);

/* A problem at that node. Returns false. */
__attribute__((format(printf, 3, 4))) bool fee_loader_problem(struct fee_loader *loader, const struct yaml_node *node,
                                                              const char *format, ...);

/* A copy in the arena; NULL for NULL. */
const char *fee_loader_keep(struct fee_loader *loader, const char *text);

/* The text of an entry that must be there; NULL with a problem. */
const char *fee_loader_text(struct fee_loader *loader, struct yaml_node *map, const char *key);

/* Likewise, of the letters that names have. */
const char *fee_loader_name(struct fee_loader *loader, struct yaml_node *map, const char *key);

/* Reads an entry that is one of names (ends with NULL); absent: ret untouched. */
void fee_loader_choice(struct fee_loader *loader, struct yaml_node *map, const char *key, const char *const *names,
                       int *ret_choice);

/* Reads an amount of money; one that is there needs a pack with a currency. */
void fee_loader_amount(struct fee_loader *loader, struct yaml_node *node, int64_t *ret_minor);

/* Reads "from" and "to"; a validity that cannot be read is empty: it overlaps with nothing. */
void fee_loader_validity(struct fee_loader *loader, struct yaml_node *map, int64_t *ret_from_us, int64_t *ret_to_us);

/* Refuses entries of a map that are not known (ends with NULL). */
void fee_loader_keys(struct fee_loader *loader, const struct yaml_node *map, const char *const *known);

/* Reads the index-th rule. */
void fee_rule_read(struct fee_loader *loader, struct yaml_node *map, size_t index);

/* Reads what stands under "when" and "refund"; an absent node changes nothing. */
const struct fee_when *fee_when_read(struct fee_loader *loader, struct yaml_node *map);
void fee_refund_read(struct fee_loader *loader, struct yaml_node *node, struct fee_refund_policy *ret_policy);

/* Finds what is wrong between rules, all of which have been read: overlaps, gaps, two charges for one affiliate. */
void fee_rules_check(struct fee_loader *loader, const struct yaml_node *list);

#endif
