/*
 * An explanation for programs: one JSON object, all amounts in minor units, all times as microseconds since 1970 UTC.
 */
#ifndef CLI_EXPLAIN_JSON_H
#define CLI_EXPLAIN_JSON_H

#include <stdio.h>

#include "cli/explain.h"

void explain_json_print(const struct explanation *explanation, FILE *out);

#endif
