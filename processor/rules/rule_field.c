#include "rules/rule_field.h"

#include <string.h>

#include "common/suggest.h"

#define AMOUNT_MAX_MINOR INT64_C(1000000000000000)
#define MINUTE_US INT64_C(60000000)
#define DAY_US (24 * 60 * MINUTE_US)

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static const char *skip_spaces(const char *at)
{
    while (is_space(*at))
        at++;
    return at;
}

#define FEE_PREFIX "fee:"
#define WORD_BYTES_MAX (RULE_NAME_BYTES_MAX + 4) /* a prefix and a name */

static const char *component_at(const void *ctx, size_t i)
{
    (void)ctx;
    return i < COMPONENT_COUNT ? fee_component_name((enum fee_component)i) : NULL;
}

/* A base while it is read. */
struct base_text {
    const struct yaml_file *file;
    const struct yaml_node *node;
    struct problems *problems;
    const char *at;
    int8_t sign; /* of the next word */
    struct rule_base base;
};

static bool component_unknown(const struct base_text *text, const char *word)
{
    const char *nearest = suggest(word, component_at, NULL);
    if (!*word)
        return yaml_problem(text->file, text->node, text->problems,
                            "a component is missing: like \"list - seller_discount\"");
    if (nearest)
        return yaml_problem(text->file, text->node, text->problems, "unknown component \"%s\"; did you mean %s?", word,
                            nearest);
    return yaml_problem(text->file, text->node, text->problems, "unknown component \"%s\"", word);
}

static bool said_twice(const struct base_text *text, const char *word)
{
    return yaml_problem(text->file, text->node, text->problems, "\"%s\" stands there twice", word);
}

static bool add_fee(struct base_text *text, const char *word)
{
    const char *name = word + strlen(FEE_PREFIX);
    struct rule_base *base = &text->base;
    if (!*name)
        return yaml_problem(text->file, text->node, text->problems, "which fee? like \"fee:commission\"");
    for (uint16_t i = 0; i < base->fee_count; i++)
        if (strcmp(base->fees[i].name, name) == 0)
            return said_twice(text, word);
    if (base->fee_count == RULE_BASE_FEES_MAX)
        return yaml_problem(text->file, text->node, text->problems, "a base has at most %d fees", RULE_BASE_FEES_MAX);
    memcpy(base->fees[base->fee_count].name, name, strlen(name) + 1);
    base->fees[base->fee_count++].sign = text->sign;
    return true;
}

static bool add_word(struct base_text *text, const char *word)
{
    if (strncmp(word, FEE_PREFIX, strlen(FEE_PREFIX)) == 0)
        return add_fee(text, word);
    for (int i = 0; i < COMPONENT_COUNT; i++) {
        if (strcmp(word, fee_component_name((enum fee_component)i)) != 0)
            continue;
        if (text->base.components[i] != 0)
            return said_twice(text, word);
        text->base.components[i] = text->sign;
        return true;
    }
    return component_unknown(text, word);
}

/* Names contain "-", which is an operator only behind a space or in front of one, and always behind a component. */
static size_t word_length(const char *at)
{
    bool fee = strncmp(at, FEE_PREFIX, strlen(FEE_PREFIX)) == 0;
    return strcspn(at, fee ? "+ \t\n" : "+- \t\n");
}

static bool take_word(struct base_text *text)
{
    char word[WORD_BYTES_MAX + 1];
    size_t len = word_length(text->at), kept = len < WORD_BYTES_MAX ? len : WORD_BYTES_MAX;
    memcpy(word, text->at, kept);
    word[kept] = '\0';
    text->at = skip_spaces(text->at + len);
    return add_word(text, word);
}

static void take_sign(struct base_text *text)
{
    text->sign = *text->at == '-' ? -1 : 1;
    if (*text->at == '-' || *text->at == '+')
        text->at = skip_spaces(text->at + 1);
}

bool rule_base(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
               struct rule_base *ret_base)
{
    struct base_text text = {.file = file, .node = node, .problems = problems};
    if (!yaml_text(file, node, problems, &text.at))
        return false;
    if (!text.at)
        return true;
    text.at = skip_spaces(text.at);
    take_sign(&text);
    for (;;) {
        if (!take_word(&text))
            return false;
        if (!*text.at)
            break;
        if (*text.at != '+' && *text.at != '-')
            return yaml_problem(file, node, problems, "\"+\" or \"-\" is missing between components");
        take_sign(&text);
    }
    *ret_base = text.base;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits of text with its point moved scale places to the right. false where it is no such number. */
static bool parse_amount(const char *text, int32_t scale, int64_t *ret_minor)
{
    int64_t minor = 0;
    int32_t decimals = -1; /* behind the point; -1 before it */
    if (!is_digit(*text))
        return false;
    for (; *text; text++) {
        if (*text == '.' && decimals < 0 && is_digit(text[1])) {
            decimals = 0;
            continue;
        }
        if (!is_digit(*text) || minor > AMOUNT_MAX_MINOR || decimals == scale)
            return false;
        minor = minor * 10 + (*text - '0');
        decimals += decimals >= 0;
    }
    for (int32_t i = decimals < 0 ? 0 : decimals; i < scale && minor <= AMOUNT_MAX_MINOR; i++)
        minor *= 10;
    *ret_minor = minor;
    return minor <= AMOUNT_MAX_MINOR;
}

bool rule_amount(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
                 int32_t scale, int64_t *ret_minor)
{
    const char *text = NULL;
    if (!yaml_text(file, node, problems, &text))
        return false;
    if (text && !parse_amount(text, scale, ret_minor))
        return yaml_problem(file, node, problems, "\"%s\" is no amount of at most %d decimals, like %s", text,
                            scale, scale > 0 ? "0.3" : "30");
    return true;
}

static bool take_number(const char **at, int digits, int32_t min, int32_t max, int32_t *ret_number)
{
    int32_t number = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (!is_digit(**at))
            return false;
        number = number * 10 + (**at - '0');
    }
    *ret_number = number;
    return number >= min && number <= max;
}

static bool take_char(const char **at, char wanted)
{
    if (**at != wanted)
        return false;
    (*at)++;
    return true;
}

static int32_t month_days(int32_t year, int32_t month)
{
    static const int32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static int64_t days_since_1970(int32_t year, int32_t month, int32_t day)
{
    int64_t days = 10957; /* to 2000-01-01 */
    for (int32_t y = 2000; y < year; y++)
        days += 337 + month_days(y, 2);
    for (int32_t m = 1; m < month; m++)
        days += month_days(year, m);
    return days + day - 1;
}

static bool parse_time(const char *at, int64_t *ret_local_us)
{
    int32_t year, month, day, hour = 0, minute = 0;
    if (!take_number(&at, 4, 2000, 2100, &year) || !take_char(&at, '-') ||
        !take_number(&at, 2, 1, 12, &month) || !take_char(&at, '-') ||
        !take_number(&at, 2, 1, month_days(year, month), &day))
        return false;
    if (*at && (!take_char(&at, ' ') || !take_number(&at, 2, 0, 23, &hour) || !take_char(&at, ':') ||
                !take_number(&at, 2, 0, 59, &minute) || *at))
        return false;
    *ret_local_us = days_since_1970(year, month, day) * DAY_US + (hour * 60 + minute) * MINUTE_US;
    return true;
}

bool rule_local_time(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
                     int64_t *ret_local_us)
{
    const char *text = NULL;
    if (!yaml_text(file, node, problems, &text))
        return false;
    if (text && !parse_time(text, ret_local_us))
        return yaml_problem(
            file, node, problems,
            "\"%s\" is no local time of 2000 to 2100, like 2024-04-01 or \"2024-04-01 06:30\"", text);
    return true;
}

bool rule_time(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
               const struct zone *zone, int64_t *ret_us)
{
    int64_t local_us;
    if (!rule_local_time(file, node, problems, &local_us))
        return false;
    if (!yaml_is_null(node))
        *ret_us = zone_to_utc_us(zone, local_us);
    return true;
}
