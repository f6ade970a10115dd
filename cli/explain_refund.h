/*
 * What refunds take back of the order, computed anew by the code of the stream.
 */
#ifndef CLI_EXPLAIN_REFUND_H
#define CLI_EXPLAIN_REFUND_H

#include "cli/explain_finding.h"

/* Of an order that has been made. false where a sum does not fit. */
bool explain_refunds_make(struct explanation *explanation, struct arena *arena);

/* Refunds and their lines as they are stored against what was made. */
void explain_refunds_compare(struct explain_finding *finding);

#endif
