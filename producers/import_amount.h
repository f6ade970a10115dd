/*
 * Amounts as exports write them for people: with a currency in front or behind, with separators of thousands, with a decimal comma. What
 * could mean two amounts is none.
 */
#ifndef PRODUCERS_IMPORT_AMOUNT_H
#define PRODUCERS_IMPORT_AMOUNT_H

#include "core/order_fact.h"

#define IMPORT_AMOUNT_MAX_MINOR AMOUNT_MAX_MINOR /* what the engine takes: sums of thousands fit an int64 */

/* Takes the currency's code or sign off text: "IDR 1.000" becomes "1.000". Returns its code, NULL where none or an ambiguous sign ("$")
 * was there. */
const char *import_amount_currency(struct text *text);

/* Exact, at scale: "1,234.50", "1.234,50", "1234.5", "-3". Separators of thousands stand between groups of three. At scale 0 both signs
 * separate thousands, unless only zeros follow; elsewhere "1.234" could be either and is refused. false: no such number, or one
 * beyond IMPORT_AMOUNT_MAX_MINOR; then the output is left as it was. */
bool import_amount(struct text text, int32_t scale, int64_t *ret_minor);

/* Decimals of a currency of ISO 4217. */
int32_t currency_scale(struct text currency);

#endif
