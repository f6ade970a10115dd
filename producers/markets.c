#include "producers/markets.h"

#include <stddef.h>

#include "producers/csv_columns.h"

/* Markets of TikTok Shop as of 2026. It writes IDR and VND without decimals. */
static const struct market markets[] = {
    {"US", "USD", 2, true},  {"GB", "GBP", 2, false}, {"DE", "EUR", 2, false}, {"ES", "EUR", 2, false},
    {"FR", "EUR", 2, false}, {"IT", "EUR", 2, false}, {"IE", "EUR", 2, false}, {"ID", "IDR", 0, false},
    {"VN", "VND", 0, false}, {"TH", "THB", 2, false}, {"MY", "MYR", 2, false}, {"SG", "SGD", 2, false},
    {"PH", "PHP", 2, false}, {"MX", "MXN", 2, false}, {"BR", "BRL", 2, false}, {"JP", "JPY", 0, false},
};
#define MARKET_COUNT (sizeof markets / sizeof *markets)

const struct market *market_find(struct text code)
{
    for (size_t i = 0; i < MARKET_COUNT; i++)
        if (text_is(code, markets[i].code))
            return &markets[i];
    return NULL;
}

const struct market *market_of_currency(struct text currency)
{
    const struct market *found = NULL;
    for (size_t i = 0; i < MARKET_COUNT; i++) {
        if (!text_is(currency, markets[i].currency))
            continue;
        if (found)
            return NULL;
        found = &markets[i];
    }
    return found;
}
