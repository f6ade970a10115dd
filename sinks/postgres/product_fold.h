/*
 * Folds what batches appended to warehouse.agg_product_delta into warehouse.agg_product_base, a slice in one
 * transaction: a reader of the view sees the same sums before and after. One folds at a time; appending goes on meanwhile.
 */
#ifndef POSTGRES_PRODUCT_FOLD_H
#define POSTGRES_PRODUCT_FOLD_H

#include "postgres/pg_link.h"

/* At most rows_max rows, outside of a transaction. Does nothing where another process is folding. */
bool product_fold(struct pg_link *link, uint64_t rows_max, uint64_t *ret_rows, struct pg_failure *failure);

#endif
