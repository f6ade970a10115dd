/*
 * Why a record was refused. The names are stable: they stand in tillstream.quarantine, in logs and in dashboards.
 * A reason is a property of the record alone, so a replay refuses the same records for the same reasons.
 */
#ifndef SCHEMAS_REASON_H
#define SCHEMAS_REASON_H

/* X(enumerator, stable name, what it means for a person) */
#define REASON_TABLE(X)                                                                                              \
    X(NONE, "none", "accepted")                                                                                      \
    X(NULL_VALUE, "null_value", "the record has a key but no value")                                                 \
    X(WRONG_FRAME, "wrong_frame", "the value does not start with the byte 0x00 and a schema id")                     \
    X(UNKNOWN_SCHEMA, "unknown_schema", "the schema id is not one that this topic may carry")                        \
    X(UNRESOLVABLE_SCHEMA, "unresolvable_schema", "the writer's schema cannot be read as ours")                      \
    X(TOO_LARGE, "too_large", "the message is larger than 1 MiB")                                                    \
    X(TRUNCATED, "truncated", "the value ends in the middle of a field")                                             \
    X(TRAILING_BYTES, "trailing_bytes", "bytes are left after the last field")                                       \
    X(BAD_VARINT, "bad_varint", "an integer has more than ten bytes or overflows its type")                          \
    X(BAD_BOOLEAN, "bad_boolean", "a boolean is neither 0 nor 1")                                                    \
    X(BAD_ENUM, "bad_enum", "an enum or union index is out of range")                                                \
    X(BAD_LENGTH, "bad_length", "a length is negative or larger than its limit")                                     \
    X(BAD_UTF8, "bad_utf8", "a string is not UTF-8")                                                                 \
    X(NUL_IN_STRING, "nul_in_string", "a string contains a NUL")                                                     \
    X(TOO_MANY_LINES, "too_many_lines", "an event has more than 10,000 lines")                                       \
    X(EMPTY_ID, "empty_id", "an id that must be present is empty")                                                   \
    X(ID_TOO_LONG, "id_too_long", "an id is longer than 200 bytes")                                                  \
    X(WRONG_KEY, "wrong_key", "the record's key is not the shop_id of its value")                                    \
    X(FROM_THE_FUTURE, "from_the_future", "it is dated more than a day after the log took it")                           \
    X(TIME_OUT_OF_RANGE, "time_out_of_range", "a time lies outside of 2000-01-01 to 2100-01-01")                     \
    X(WRONG_CURRENCY, "wrong_currency", "the shop books in another currency")                                        \
    X(WRONG_SCALE, "wrong_scale", "the shop books at another amount_scale")                                          \
    X(IMPOSSIBLE_LINE, "impossible_line", "a line has no quantity, or discounts beyond its price")                   \
    X(DUPLICATE_LINE, "duplicate_line", "two lines of an order have the same line_id")                               \
    X(NO_AMOUNTS, "no_amounts", "a settlement line states no amount that counts")                                    \
    X(DUPLICATE_FIELD, "duplicate_field", "a settlement line states the same amount twice")                          \
    X(SELF_MAPPING, "self_mapping", "a SKU is mapped to itself")                                                     \
    X(IMPOSSIBLE_VALIDITY, "impossible_validity", "a validity ends before it begins")                                \
    X(IMPOSSIBLE_RATE, "impossible_rate", "a rate lies outside of 0 to 1,000,000 ppm, or one of exchange is impossible") \
    X(IMPOSSIBLE_AMOUNT, "impossible_amount", "an amount that cannot be negative is")                                \
    X(AMOUNT_OVERFLOW, "amount_overflow", "an amount, or a sum of amounts, does not fit")                            \
    X(FEE_ABOVE_BASE, "fee_above_base", "a fee rule yields more than its base")                                      \
    X(TOO_MANY_SHOPS, "too_many_shops", "the partition has more shops than the configuration allows")               \
    X(DATABASE_REFUSED, "database_refused", "PostgreSQL refused the record's values")

enum reason {
#define REASON_ENUM(id, name, meaning) REASON_##id,
    REASON_TABLE(REASON_ENUM)
#undef REASON_ENUM
        REASON_COUNT
};

static inline const char *reason_name(enum reason reason)
{
    static const char *const names[] = {
#define REASON_NAME(id, name, meaning) name,
        REASON_TABLE(REASON_NAME)
#undef REASON_NAME
    };
    return (unsigned)reason < REASON_COUNT ? names[reason] : "unknown";
}

#endif
