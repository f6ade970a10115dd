/*
 * What the tests of settlements build lines of: an event with the amounts that a test states, and the fact that comes of it.
 */
#ifndef CORE_STATEMENT_H
#define CORE_STATEMENT_H

#include <criterion/criterion.h>

#include "core/settlement.h"
#include "support/sample.h"

struct stated {
    const char *field;
    int64_t amount_minor;
};

#define AMOUNTS_MAX 64

struct statement {
    struct event event;
    struct settled_amount amounts[AMOUNTS_MAX];
    struct shop shop;
    struct facts facts;
    struct settlement_fact fact;
};

static inline void statement_init(struct statement *statement, const char *native_type, const char *currency,
                                  const struct stated *stated, uint32_t count)
{
    *statement = (struct statement){.shop = {.id = text_of("s"), .policy = sample_policy_free(NULL, text_of("s"))},
                                    .facts = sample_facts()};
    cr_assert_leq(count, AMOUNTS_MAX);
    for (uint32_t i = 0; i < count; i++)
        statement->amounts[i] = (struct settled_amount){text_of(stated[i].field), stated[i].amount_minor};
    statement->event = (struct event){.kind = EVENT_SETTLEMENT,
                                      .event_id = text_of("event"),
                                      .shop_id = text_of("s"),
                                      .currency = text_of(currency),
                                      .amount_scale = 2,
                                      .revision = EVENT_ABSENT,
                                      .occurred_at_us = EVENT_ABSENT};
    statement->event.settlement = (struct settlement){.statement_id = text_of("statement"),
                                                      .transaction_id = text_of("transaction"),
                                                      .order_id = text_of("order"),
                                                      .native_type = text_of(native_type),
                                                      .status = text_of("PAID"),
                                                      .settled_at_us = SAMPLE_TIME_US,
                                                      .amounts = statement->amounts,
                                                      .amount_count = count};
}

static inline enum reason statement_make(struct statement *statement)
{
    return settlement_fact_make(&statement->event, &statement->shop, (struct origin){0}, &statement->facts, &statement->fact);
}

/* Of a line that must be taken. */
#define SETTLE(statement, type, currency, ...)                                                               \
    do {                                                                                                     \
        const struct stated stated_[] = {__VA_ARGS__};                                                       \
        statement_init(&(statement), type, currency, stated_, sizeof stated_ / sizeof *stated_);             \
        cr_assert_eq(statement_make(&(statement)), REASON_NONE);                                             \
        cr_assert_eq(statement_sum(&(statement).fact), (statement).fact.total_minor, "rows add up to the total"); \
    } while (0)

#define REFUSED(expected, currency, ...)                                                                     \
    do {                                                                                                     \
        static struct statement refused_;                                                                    \
        const struct stated stated_[] = {__VA_ARGS__};                                                       \
        statement_init(&refused_, "Order", currency, stated_, sizeof stated_ / sizeof *stated_);             \
        cr_assert_eq(statement_make(&refused_), expected);                                                   \
    } while (0)

static inline int64_t statement_sum(const struct settlement_fact *fact)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < fact->row_count; i++)
        sum += fact->rows[i].amount_minor;
    return sum;
}

static inline int64_t class_sum(const struct settlement_fact *fact, enum settled_class class)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < fact->row_count; i++)
        if (fact->rows[i].class == class)
            sum += fact->rows[i].amount_minor;
    return sum;
}

static inline const struct settled_row *row_of(const struct settlement_fact *fact, const char *field)
{
    for (uint32_t i = 0; i < fact->row_count; i++)
        if (fact->rows[i].field.len == strlen(field) && memcmp(fact->rows[i].field.ptr, field, strlen(field)) == 0)
            return &fact->rows[i];
    return NULL;
}

#endif
