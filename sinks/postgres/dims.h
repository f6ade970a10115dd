/*
 * The numbers that the database knows shops and fee schedules by. What was resolved in a transaction that is rolled back is
 * forgotten and asked for again.
 */
#ifndef POSTGRES_DIMS_H
#define POSTGRES_DIMS_H

#include "core/shop.h"
#include "postgres/pg_link.h"
#include "sinks/sink.h"

/* A row of warehouse.dim_shop; texts are owned by the dims. */
struct shop_dim {
    uint64_t hash;
    int32_t shop_key;
    int32_t amount_scale; /* -1: no order yet */
    struct text id, platform, market, currency, timezone, fee_pack;
};

struct dims;

/* NULL when memory is out. */
struct dims *dims_new(void);
void dims_free(struct dims *dims);

/* Makes sure that every shop and fee schedule of the facts has its number, with as few statements as can be. */
bool dims_resolve(struct dims *dims, struct pg_link *link, const struct facts *facts, struct pg_failure *failure);

/* After dims_resolve of facts with that shop or name. The dim is the dims', until the next dims_resolve or dims_forget. */
const struct shop_dim *dims_shop(struct dims *dims, const struct shop *shop);
int32_t dims_rule_set(struct dims *dims, const char *name);

/* A transaction was committed; or rolled back, wholly or in part. */
void dims_committed(struct dims *dims);
void dims_rolled_back(struct dims *dims);

/* Reads all shops. */
bool dims_load(struct dims *dims, struct pg_link *link, struct pg_failure *failure);
void dims_each_shop(const struct dims *dims, void (*on_shop)(void *ctx, const struct known_shop *shop), void *ctx);

#endif
