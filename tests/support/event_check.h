/*
 * Comparing events field by field, by the tables of the codec. Header only, for the tests and fuzz targets of the codec.
 */
#ifndef SUPPORT_EVENT_CHECK_H
#define SUPPORT_EVENT_CHECK_H

#include <string.h>

#include "schemas/event_rules.h"

/* The items of an array of an event. */
static inline const char *rule_items(const struct field_rule *rule, const void *event, uint32_t *ret_count)
{
    const char *items;
    memcpy(&items, (const char *)event + rule->offset, sizeof items);
    memcpy(ret_count, (const char *)event + rule->count_offset, sizeof *ret_count);
    return items;
}

/* Called for every field of an event that is no record: of the event itself, and of each item. */
typedef bool check_field(void *ctx, const struct field_rule *rule, const void *first, const void *second);

static inline bool check_record(const struct record_rule *record, const void *first, const void *second,
                                check_field *check, void *ctx)
{
    for (uint32_t i = 0; i < record->count; i++) {
        const struct field_rule *rule = &record->fields[i];
        if (!rule->record && !check(ctx, rule, (const char *)first + rule->offset, (const char *)second + rule->offset))
            return false;
        if (rule->record && rule->presence != FIELD_REPEATED && !check_record(rule->record, first, second, check, ctx))
            return false;
        if (rule->presence != FIELD_REPEATED)
            continue;
        uint32_t one_count, two_count;
        const char *one = rule_items(rule, first, &one_count), *two = rule_items(rule, second, &two_count);
        if (one_count != two_count)
            return false;
        for (size_t item = 0; item < one_count; item++)
            if (!check_record(rule->record, one + item * rule->record->item_size, two + item * rule->record->item_size,
                              check, ctx))
                return false;
    }
    return true;
}

static inline bool is_text_kind(enum field_kind kind)
{
    return kind == FIELD_ID || kind == FIELD_TEXT || kind == FIELD_CURRENCY;
}

static inline size_t value_size(enum field_kind kind)
{
    static const size_t sizes[] = {
#define VALUE_SIZE(id, c_type, absent, avro_type, logical) sizeof(c_type),
        FIELD_KINDS(VALUE_SIZE)
#undef VALUE_SIZE
    };
    return sizes[kind];
}

static inline bool same_field(void *ctx, const struct field_rule *rule, const void *first, const void *second)
{
    (void)ctx;
    if (!is_text_kind(rule->kind))
        return !memcmp(first, second, value_size(rule->kind));
    const struct text *one = first, *two = second;
    if (!one->ptr || !two->ptr)
        return !one->ptr && !two->ptr;
    return one->len == two->len && !memcmp(one->ptr, two->ptr, one->len);
}

/* All fields equal; hashes are not looked at. */
static inline bool events_equal(const struct event *first, const struct event *second)
{
    return first->kind == second->kind && check_record(&event_rules[first->kind], first, second, same_field, NULL);
}

struct byte_range {
    const uint8_t *from, *to;
};

static inline bool field_inside(void *ctx, const struct field_rule *rule, const void *field, const void *same)
{
    (void)same;
    const struct byte_range *range = ctx;
    const struct text *text = field;
    if (!is_text_kind(rule->kind) || !text->ptr)
        return true;
    const uint8_t *at = (const uint8_t *)text->ptr;
    return at >= range->from && at <= range->to && text->len <= (size_t)(range->to - at);
}

/* Whether every text of the event is a slice of bytes[0..len). */
static inline bool texts_inside(const struct event *event, const uint8_t *bytes, size_t len)
{
    struct byte_range range = {bytes, bytes + len};
    return check_record(&event_rules[event->kind], event, event, field_inside, &range);
}

#endif
