/*
 * The two books of one order, side by side: what the rules expect of it, and what payout statements say.
 */
#ifndef CLI_EXPLAIN_BOOK_H
#define CLI_EXPLAIN_BOOK_H

#include "cli/explain_finding.h"

/* Of an order whose refunds have been made. Fills explanation->book. */
void explain_book_make(struct explanation *explanation);

/* Amounts of a settled transaction against its total. */
void explain_settlements_compare(struct explain_finding *finding);

#endif
