#include "postgres/refund_fee_rules.h"

#include "postgres/pg_array.h"

enum { RULE_SET, CLASS, LEVEL, FROM, TO, RATE, CAP, SCALE, COLUMNS };

/* Rules that follow each other in time often say the same of refunds. */
static const struct pg_statement add_rules = {
    "add_refund_fee_rules",
    "INSERT INTO warehouse.refund_fee_rule (rule_set, class, level, valid_from, valid_to, rate_ppm, cap_minor, amount_scale)"
    " SELECT DISTINCT u.rule_set, u.class, u.level, coalesce(u.valid_from, '-infinity'), coalesce(u.valid_to, 'infinity'), u.rate_ppm,"
    " u.cap_minor, u.amount_scale FROM unnest($1::int4[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::int8[],"
    " $7::int8[], $8::int2[]) AS u(rule_set, class, level, valid_from, valid_to, rate_ppm, cap_minor, amount_scale)"
    " ON CONFLICT DO NOTHING"};

static void add_admins(struct pg_array *columns, int32_t rule_set, const struct fee_schedule *schedule, const struct fee_rule *rule)
{
    for (uint32_t i = 0; i < rule->refund.admin_count; i++) {
        const struct admin_fee *admin = &rule->refund.admins[i];
        array_int4(&columns[RULE_SET], rule_set);
        array_int2(&columns[SCALE], schedule->amount_scale);
        array_text(&columns[CLASS], text_of(fee_class_name(rule->class)));
        array_text(&columns[LEVEL], text_of(fee_level_name(admin->level)));
        array_time(&columns[FROM], admin->valid_from_us == INT64_MIN ? EVENT_ABSENT : admin->valid_from_us);
        array_time(&columns[TO], admin->valid_to_us == INT64_MAX ? EVENT_ABSENT : admin->valid_to_us);
        array_int8(&columns[RATE], admin->rate_ppm);
        array_added(&columns[CAP],
                    put_int8_or_null(array_next(&columns[CAP], 8), admin->cap_minor < 0 ? EVENT_ABSENT : admin->cap_minor));
    }
}

static bool run(struct pg_link *link, struct pg_array *columns, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &add_rules};
    for (int i = 0; i < COLUMNS; i++)
        call_array(&call, &columns[i]);
    bool done = pg_run(link, &call, 1, failure);
    if (done)
        pg_calls_clear(&call, 1);
    return done;
}

bool refund_fee_rules_write(struct pg_link *link, int32_t rule_set, const struct fee_schedule *schedule, struct pg_failure *failure)
{
    static const enum pg_type types[COLUMNS] = {PG_INT4, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT8, PG_INT8, PG_INT2};
    struct pg_array columns[COLUMNS] = {0};
    for (int i = 0; i < COLUMNS; i++)
        array_start(&columns[i], types[i]);
    for (size_t i = 0; i < schedule->rule_count; i++)
        add_admins(columns, rule_set, schedule, &schedule->rules[i]);
    bool done = !columns[CLASS].count || run(link, columns, failure);
    for (int i = 0; i < COLUMNS; i++)
        copy_buffer_done(&columns[i].buffer);
    return done;
}
