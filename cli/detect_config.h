/*
 * The section `detect` of the configuration: which values are watched, of which keys, and when they stand out.
 */
#ifndef CLI_DETECT_CONFIG_H
#define CLI_DETECT_CONFIG_H

#include "common/yaml.h"
#include "core/detector.h"

/* Fills ret_config with the defaults and what map (NULL: nothing) says. False with problems. */
bool detect_config_read(const struct yaml_file *file, struct yaml_node *map, struct problems *problems, struct detector_config *ret_config);

#endif
