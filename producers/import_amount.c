#include "producers/import_amount.h"

#include <stdlib.h>
#include <string.h>

#include "producers/csv.h"
#include "producers/csv_columns.h"

#define DIGITS_MAX 40

/* Longer signs before those that they begin with. */
static const struct {
    const char *sign, *code; /* NULL: of several currencies */
} signs[] = {
    {"IDR", "IDR"}, {"Rp", "IDR"},  {"VND", "VND"}, {"₫", "VND"},   {"đ", "VND"},   {"THB", "THB"}, {"฿", "THB"},
    {"MYR", "MYR"}, {"RM", "MYR"},  {"SGD", "SGD"}, {"S$", "SGD"},  {"PHP", "PHP"}, {"₱", "PHP"},   {"GBP", "GBP"},
    {"£", "GBP"},   {"EUR", "EUR"}, {"€", "EUR"},   {"USD", "USD"}, {"US$", "USD"}, {"BRL", "BRL"}, {"R$", "BRL"},
    {"MXN", "MXN"}, {"MX$", "MXN"}, {"JPY", "JPY"}, {"CAD", "CAD"}, {"AUD", "AUD"}, {"$", NULL},    {"¥", NULL},
};

const char *import_amount_currency(struct text *text)
{
    struct text trimmed = text_trimmed(*text);
    *text = trimmed;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        uint32_t len = (uint32_t)strlen(signs[i].sign);
        if (trimmed.len < len)
            continue;
        bool in_front = memcmp(trimmed.ptr, signs[i].sign, len) == 0;
        if (!in_front && memcmp(trimmed.ptr + trimmed.len - len, signs[i].sign, len) != 0)
            continue;
        *text = text_trimmed((struct text){trimmed.ptr + (in_front ? len : 0), trimmed.len - len});
        return signs[i].code;
    }
    return NULL;
}

static bool is_separator(char c)
{
    return c == '.' || c == ',';
}

/* The place of the decimal separator, len where there is none: the last one, if its sign is not there twice, and what is behind it is no
 * group of thousands. */
static uint32_t decimal_place(struct text text, int32_t scale)
{
    uint32_t last = text.len, same = 0, other = 0;
    for (uint32_t i = 0; i < text.len; i++)
        last = is_separator(text.ptr[i]) ? i : last;
    for (uint32_t i = 0; last < text.len && i < text.len; i++) {
        same += text.ptr[i] == text.ptr[last];
        other += is_separator(text.ptr[i]) && text.ptr[i] != text.ptr[last];
    }
    bool could_be_group = !other && text.len - last - 1 == 3 && !(scale > 0 && last < text.len && text.ptr[last] == '.');
    return same == 1 && !could_be_group ? last : text.len;
}

static bool is_digit(struct text text, uint32_t i)
{
    return i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9';
}

/* Whether the separator at i, the first of which is at first, has a group of three behind it and one of one to three in front. */
static bool group_fits(struct text text, uint32_t first, uint32_t i)
{
    uint32_t start = text.ptr[0] == '-';
    return is_digit(text, i + 1) && is_digit(text, i + 2) && is_digit(text, i + 3) && !is_digit(text, i + 4) &&
           text.ptr[i] == text.ptr[first] && first > start && first - start <= 3;
}

/* At scale 0 some exports write ".00" all the same. */
static struct text without_zero_decimals(struct text plain, int32_t scale)
{
    const char *point = memchr(plain.ptr, '.', plain.len);
    if (scale != 0 || !point)
        return plain;
    uint32_t len = (uint32_t)(point - plain.ptr);
    for (uint32_t i = len + 1; i < plain.len; i++)
        if (plain.ptr[i] != '0')
            return plain;
    return len && len + 1 < plain.len ? (struct text){plain.ptr, len} : plain;
}

bool import_amount(struct text text, int32_t scale, int64_t *ret_minor)
{
    char plain[DIGITS_MAX];
    uint32_t used = 0;
    text = text_trimmed(text);
    if (!text.len || text.len > DIGITS_MAX)
        return false;
    uint32_t decimal = decimal_place(text, scale), first = decimal;
    for (uint32_t i = 0; i < text.len; i++) {
        bool group = is_separator(text.ptr[i]) && i != decimal;
        first = group && first == decimal ? i : first;
        if (group && !group_fits(text, first, i))
            return false;
        if (!group)
            plain[used++] = i == decimal ? '.' : text.ptr[i];
    }
    int64_t minor;
    if (!csv_decimal(without_zero_decimals((struct text){plain, used}, scale), scale, &minor) || minor > IMPORT_AMOUNT_MAX_MINOR ||
        minor < -IMPORT_AMOUNT_MAX_MINOR)
        return false;
    *ret_minor = minor;
    return true;
}

/* ISO 4217, list one of 2024; all others have two. */
int32_t currency_scale(struct text currency)
{
    static const char *const without[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                          "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"};
    static const char *const three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (text_is(currency, without[i]))
            return 0;
    for (size_t i = 0; i < sizeof three / sizeof *three; i++)
        if (text_is(currency, three[i]))
            return 3;
    return 2;
}
