#include "import_check.h"
#include "producers/import_amount.h"
#include "producers/markets.h"

#define NONE INT64_MIN

static int64_t amount(const char *string, int32_t scale)
{
    int64_t minor;
    return import_amount(text_of(string), scale, &minor) ? minor : NONE;
}

Test(import_amount, what_can_mean_one_amount_only_is_read_exactly)
{
    static const struct {
        const char *text;
        int32_t scale;
        int64_t minor;
    } cases[] = {
        {"12.5", 2, 1250},
        {"12,50", 2, 1250},
        {"1,234.50", 2, 123450},
        {"1.234,50", 2, 123450},
        {"1,234", 2, 123400},
        {"1,234,567", 2, 123456700},
        {"1.234.567", 2, 123456700},
        {"-1,234.5", 2, -123450},
        {"0", 2, 0},
        {"0.00", 2, 0},
        {"100.000", 0, 100000},
        {"100,000", 0, 100000},
        {"1.234.567", 0, 1234567},
        {"100000", 0, 100000},
        {"100000.00", 0, 100000},
        {"1.000,00", 0, 1000},
        {"1.234", 3, 1234},
        {" 7\t", 0, 7},
        {".5", 2, 50},
        {"10,000,000,000,000.00", 2, 1000000000000000},
        {"12,5", 2, 1250},
        {"1234,5", 2, 123450},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(amount(cases[i].text, cases[i].scale), cases[i].minor, "%s at %d", cases[i].text, cases[i].scale);
}

Test(import_amount, what_could_mean_two_amounts_or_none_is_refused)
{
    static const struct {
        const char *text;
        int32_t scale;
    } cases[] = {{"", 2},
                 {"1.234", 2},
                 {"1,23,456", 2},
                 {"1234,567", 2},
                 {"1,234.567", 2},
                 {"12.5", 0},
                 {"1,234.567,890", 2},
                 {"1,,234", 2},
                 {",123", 0},
                 {"1.2.3", 2},
                 {"-", 2},
                 {"--1", 2},
                 {"1-", 2},
                 {"1 234", 2},
                 {"1e3", 2},
                 {"0x10", 2},
                 {"12,3456", 2},
                 {"1.234,5678", 2},
                 {"$1", 2},
                 {"1,234,56", 2},
                 {"10000000000000.01", 2},
                 {"1234567890123456789012345678901234567890", 0},
                 {"-,123", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(amount(cases[i].text, cases[i].scale), NONE, "%s at %d", cases[i].text, cases[i].scale);
}

/* Slow and obvious: every way to write an amount is read back as that amount, or refused, and never as another one. */
Test(import_amount, no_way_of_writing_an_amount_is_read_as_another_one)
{
    static const int64_t minors[] = {0, 5, 99, 100, 99999, 100000, 123456, 123456789, 100000000, 987654321098};
    for (size_t i = 0; i < sizeof minors / sizeof *minors; i++)
        for (int commas = 0; commas < 3; commas++) {
            char whole[64], grouped[64] = "", text[96];
            (void)snprintf(whole, sizeof whole, "%lld", (long long)(minors[i] / 100));
            for (size_t at = 0, len = strlen(whole); at < len; at++) {
                size_t end = strlen(grouped);
                (void)snprintf(grouped + end, sizeof grouped - end, "%s%c",
                               commas && at && (len - at) % 3 == 0 ? (commas == 1 ? "," : ".") : "", whole[at]);
            }
            (void)snprintf(text, sizeof text, "%s%s%02lld", grouped, commas == 2 ? "," : ".", (long long)(minors[i] % 100));
            cr_assert_eq(amount(text, 2), minors[i], "%s", text);
        }
}

static const char *currency(const char *string, const char *rest)
{
    struct text text = text_of(string);
    const char *code = import_amount_currency(&text);
    cr_assert(text.len == strlen(rest) && memcmp(text.ptr, rest, text.len) == 0, "%s leaves %.*s", string, (int)text.len, text.ptr);
    return code ? code : "";
}

Test(import_amount, currencies_stand_in_front_or_behind)
{
    cr_assert_str_eq(currency("IDR 100.000", "100.000"), "IDR");
    cr_assert_str_eq(currency("Rp100.000", "100.000"), "IDR");
    cr_assert_str_eq(currency("100.000 ₫", "100.000"), "VND");
    cr_assert_str_eq(currency("THB\t12.50", "12.50"), "THB");
    cr_assert_str_eq(currency("$1.00", "1.00"), "");
    cr_assert_str_eq(currency("US$1.00", "1.00"), "USD");
    cr_assert_str_eq(currency(" 1.00 ", "1.00"), "");
    cr_assert_str_eq(currency("", ""), "");
}

Test(markets, a_currency_of_several_markets_names_none_of_them)
{
    cr_assert_null(market_of_currency(text_of("EUR")));
    cr_assert_str_eq(market_of_currency(text_of("IDR"))->code, "ID");
    cr_assert(market_find(text_of("US"))->month_first);
    cr_assert(!market_find(text_of("GB"))->month_first);
    cr_assert_null(market_find(text_of("XX")));
    cr_assert_null(market_find((struct text){NULL, 0}));
    cr_assert(currency_scale(text_of("KWD")) == 3 && currency_scale(text_of("JPY")) == 0 && currency_scale(text_of("USD")) == 2);
}
