/*
 * An explanation for the person who sells: what was sold, whose money each discount was, every fee with its arithmetic, and whether the
 * warehouse holds the same.
 */
#ifndef CLI_EXPLAIN_TEXT_H
#define CLI_EXPLAIN_TEXT_H

#include <stdio.h>

#include "cli/explain.h"

void explain_text_print(const struct explanation *explanation, bool colour, FILE *out);

#endif
