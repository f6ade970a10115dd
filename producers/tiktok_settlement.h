/*
 * TikTok Shop's settlement export ("Order details" of the United States and the United Kingdom, the income export of South East
 * Asia, as CSV) as lines of payout statements: a row is a line, with all that it states.
 *
 * Columns are known by their heads, in English or Indonesian. Ids, dates and texts are those of tiktok_statement.h; every other
 * column is an amount under its own name, whether the name is known (core/settlement_names.h) or not: what is not known stays
 * in the total, and is a finding. An unknown column that holds anything but amounts is a text: passed over, with a finding.
 * Amounts are signed as the file has them, positive to the seller; empty, "/" and "--" are nothing.
 *
 * The file has no id for a row. So a transaction is statement-order, or statement-adjustment, with #2 and so on behind it where
 * a statement has several rows of the same id and SKU: by their totals, the largest first, so that the order of the file does
 * not matter; where there is no statement id (South East Asia), the statement is "settled-" and the day. Days without a time
 * are of the shop's zone, or UTC where the column's head says so. A row that has come to have a payment is a later revision of
 * the one without.
 *
 * Every line goes through core/settlement.h, as it will in the stream: what breaks an identity is a finding with its amount.
 */
#ifndef PRODUCERS_TIKTOK_SETTLEMENT_H
#define PRODUCERS_TIKTOK_SETTLEMENT_H

#include "producers/importer.h"

#define STATEMENT_ROWS_MAX 500000 /* of all files */
#define STATEMENT_AMOUNTS_MAX 20000000
#define STATEMENT_ID_BYTES_MAX 48

/* Codes of its findings. */
#define STATEMENT_TOTAL_DIFFERS "settlement-differs"       /* by: total settlement amount - (sales + shipping + fees + adjustment) */
#define STATEMENT_SALES_DIFFER "sales-differ"              /* by: net sales or revenue - (gross, discounts, refunds) */
#define STATEMENT_SHIPPING_DIFFERS "shipping-pass-through" /* by: carrier + platform discount + buyer + buyer's refund, which pass through */
#define STATEMENT_UNKNOWN_COLUMN "unknown-column"          /* by: its sum; it is in the total */
#define STATEMENT_UNKNOWN_TYPE "unknown-type"              /* by: the row's total settlement amount; it is in the total */
#define STATEMENT_TEXT_COLUMN "column-passed-over"         /* unknown, and no amount */

extern const struct import_format import_tiktok_settlement;

#endif
