/*
 * A fee pack: a YAML file of dated rules for one market, as a schedule of the core. See deploy/fees for the form.
 */
#ifndef RULES_FEE_PACK_H
#define RULES_FEE_PACK_H

#include <stddef.h>

#include "common/problems.h"
#include "core/fees.h"

#define FEE_PACK_RULES_MAX 1000

struct fee_pack;

/* Reads a pack. NULL, with everything that is wrong with it in problems, unless all of it is right. */
struct fee_pack *fee_pack_load(const char *path, struct problems *problems);

/* The same for text in memory; path is what problems show. */
struct fee_pack *fee_pack_parse(const char *path, const char *text, size_t len, struct problems *problems);

void fee_pack_free(struct fee_pack *pack);

/* Borrowed from the pack. Its name is "<name of the pack>@<first 8 hex digits of the hash of the file's bytes>". */
const struct fee_schedule *fee_pack_schedule(const struct fee_pack *pack);

#endif
