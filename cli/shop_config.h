/*
 * The "shops" and "calendar" sections of the configuration: who lives in which zone, is charged by which fee pack and knows which
 * events.
 */
#ifndef CLI_SHOP_CONFIG_H
#define CLI_SHOP_CONFIG_H

#include "common/yaml.h"
#include "rules/shop_policy.h"

/* map and calendar_list may be NULL. Fee packs are found relative to the file's folder. NULL with problems. */
struct shop_policies *shop_config_load(const struct yaml_file *file, struct yaml_node *map, struct yaml_node *calendar_list,
                                       struct problems *problems);

#endif
