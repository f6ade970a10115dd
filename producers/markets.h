/*
 * Countries in which platforms sell, and what follows from them.
 */
#ifndef PRODUCERS_MARKETS_H
#define PRODUCERS_MARKETS_H

#include "schemas/event.h"

struct market {
    const char *code;     /* ISO 3166 */
    const char *currency; /* ISO 4217 */
    int32_t scale;        /* of the amounts that TikTok Shop writes */
    bool month_first;     /* in the dates of TikTok Shop's exports */
};

/* NULL where it is not known. */
const struct market *market_find(struct text code);

/* The only market with that currency; NULL where there are several, or none. */
const struct market *market_of_currency(struct text currency);

#endif
