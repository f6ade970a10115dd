/*
 * The rows of fact_orders and fact_sales in COPY format.
 */
#ifndef POSTGRES_ORDER_ROWS_H
#define POSTGRES_ORDER_ROWS_H

#include "postgres/fact_writer.h"

extern const char copy_orders_sql[]; /* column lists in the order of put_order_row and put_line_rows */
extern const char copy_sales_sql[];

void put_order_row(struct copy_buffer *buffer, const struct order_row *row, const struct position *source);
/* costs: of the lines, EVENT_ABSENT where unknown; NULL: all are. */
void put_line_rows(struct copy_buffer *buffer, const struct order_row *row, const int64_t *costs);

#endif
