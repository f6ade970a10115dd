/* What is refused and why, and how other writers' schemas are read. Both decoders must agree on every vector. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "schemas/decode_plan.h"
#include "schemas/json.h"
#include "support/event_check.h"
#include "support/fast_check.h"
#include "support/written_event.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct written written;

/* Bytes at their exact size on the heap, so that the sanitizer sees any read behind them. lines are copied to *ret_lines. */
static enum reason decode(const struct decode_plan *plan, const void *bytes, size_t len, struct arena *arena,
                          struct event *ret_event)
{
    uint8_t *exact = malloc(len ? len : 1);
    cr_assert_not_null(exact);
    if (len)
        memcpy(exact, bytes, len);
    uint64_t taken = 0;
    enum reason reason = decode_plan_run(plan, exact, len, arena, ret_event);
    if (decode_plan_is_ours(plan) && ret_event->kind == EVENT_ORDER) {
        const char *fault = fast_fault(exact, len, arena, reason, ret_event, &taken);
        cr_assert_null(fault, "a fast decoder: %s", fault);
    }
    free(exact);
    return reason;
}

static enum reason decode_written(enum event_kind kind, struct event *ret_event, struct arena *arena)
{
    struct err err;
    struct decode_plan *plan = decode_plan_new(kind, written.json, written.json_len, &err);
    if (!plan)
        return REASON_UNRESOLVABLE_SCHEMA;
    enum reason reason = decode(plan, written.bytes, written.len, arena, ret_event);
    decode_plan_free(plan);
    return reason;
}

static enum reason reason_of_change(enum event_kind kind, const struct change *change)
{
    struct event event;
    struct arena arena;
    arena_init(&arena);
    write_event(&written, kind, change);
    enum reason reason = decode_written(kind, &event, &arena);
    arena_done(&arena);
    return reason;
}

struct refusal {
    const char *path;
    const void *bytes;
    size_t len;
    enum reason reason;
};

static void check_refusals(enum event_kind kind, const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct change change = {.path = refusals[i].path, .bytes = refusals[i].bytes, .len = refusals[i].len};
        enum reason reason = reason_of_change(kind, &change);
        cr_expect_eq(reason, refusals[i].reason, "vector %zu, %s: %s, not %s", i, change.path, reason_name(reason),
                     reason_name(refusals[i].reason));
    }
}

Test(decode_plan, what_is_written_as_usual_is_taken)
{
    cr_assert_eq(reason_of_change(EVENT_ORDER, NULL), REASON_NONE);
    cr_assert_eq(reason_of_change(EVENT_AD_SPEND, NULL), REASON_NONE);
}

Test(decode_plan, bad_values_are_refused_with_their_reason)
{
    static const struct refusal refusals[] = {
        {"Order.event_id", RAW("\x00"), REASON_EMPTY_ID},
        {"Order.order_id", RAW("\x00"), REASON_EMPTY_ID},
        {"Order.order_id", RAW("\x01"), REASON_BAD_LENGTH},                 /* -1 */
        {"Order.order_id", RAW("\xff\xff\xff\xff\x0f"), REASON_BAD_LENGTH}, /* below -2 GiB */
        {"Order.order_id", RAW("\x82\x80\x80\x01"), REASON_BAD_LENGTH},     /* 1 MiB and a byte */
        {"Order.order_id", RAW("\x80\x80\x80\x01"), REASON_TRUNCATED},      /* 1 MiB */
        {"Order.order_id", RAW("\x06" "a\0b"), REASON_NUL_IN_STRING},
        {"Order.order_id", RAW("\x02\x80"), REASON_BAD_UTF8},
        {"Order.order_id", RAW("\x04\xc0\xaf"), REASON_BAD_UTF8},         /* overlong */
        {"Order.order_id", RAW("\x06\xed\xa0\x80"), REASON_BAD_UTF8},     /* surrogate */
        {"Order.order_id", RAW("\x08\xf4\x90\x80\x80"), REASON_BAD_UTF8}, /* beyond U+10FFFF */
        {"Order.order_id", RAW("\x02\xc3"), REASON_BAD_UTF8},             /* cut off */
        {"Order.order_id", RAW("\x04\xc3\xa9"), REASON_NONE},
        {"Order.channel", RAW("\x02\x04\xff\xff"), REASON_BAD_UTF8},
        {"Order.channel", RAW("\x02\x00"), REASON_NONE}, /* an empty text is one */
        {"Order.channel", RAW("\x00"), REASON_NONE},
        {"Order.channel", RAW("\x04"), REASON_BAD_ENUM},
        {"Order.channel", RAW("\x01"), REASON_BAD_ENUM},
        {"Order.session_id", RAW("\x02\x00"), REASON_EMPTY_ID},
        {"Order.revision", RAW("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), REASON_BAD_VARINT},
        {"Order.revision", RAW("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00"), REASON_BAD_VARINT},
        {"Order.revision", RAW("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_AMOUNT_OVERFLOW}, /* INT64_MIN */
        {"Order.revision", RAW("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_NONE},
        {"Order.revision", RAW("\x80\x80\x00"), REASON_NONE}, /* a zero in three bytes */
        {"Order.status", RAW("\x0e"), REASON_BAD_ENUM},
        {"Order.status", RAW("\x01"), REASON_BAD_ENUM},
        {"Order.status", RAW("\x0c"), REASON_NONE},
        {"Order.mirror", RAW("\x02"), REASON_BAD_BOOLEAN},
        {"Order.mirror", RAW("\x81"), REASON_BAD_BOOLEAN},
        {"Order.currency", RAW("\x04US"), REASON_WRONG_CURRENCY},
        {"Order.currency", RAW("\x06Usd"), REASON_WRONG_CURRENCY},
        {"Order.currency", RAW("\x06US["), REASON_WRONG_CURRENCY},
        {"Order.currency", RAW("\x06@SD"), REASON_WRONG_CURRENCY},
        {"Order.currency", RAW("\x06ZAZ"), REASON_NONE},
        {"Order.currency", RAW("\x08USDX"), REASON_WRONG_CURRENCY},
        {"Order.amount_scale", RAW("\x14"), REASON_WRONG_SCALE}, /* 10 */
        {"Order.amount_scale", RAW("\x01"), REASON_WRONG_SCALE}, /* -1 */
        {"Order.amount_scale", RAW("\x12"), REASON_NONE},
        {"Order.amount_scale", RAW("\x80\x80\x80\x80\x10"), REASON_BAD_VARINT}, /* 2^31 */
        {"Order.created_at", RAW("\x00"), REASON_TIME_OUT_OF_RANGE},
        {"Order.paid_at", RAW("\x02\x00"), REASON_TIME_OUT_OF_RANGE},
        {"Affiliate.rate_ppm", RAW("\x01"), REASON_IMPOSSIBLE_RATE},
        {"Affiliate.rate_ppm", RAW("\x82\x89\x7a"), REASON_IMPOSSIBLE_RATE}, /* 1,000,001 */
        {"Affiliate.rate_ppm", RAW("\x80\x89\x7a"), REASON_NONE},
        {"Affiliate.shop_ads_rate_ppm", RAW("\x02\x01"), REASON_IMPOSSIBLE_RATE},
        {"OrderLine.line_id", RAW("\x00"), REASON_EMPTY_ID},
        {"OrderLine.gift", RAW("\x02"), REASON_BAD_BOOLEAN},
        {"OrderLine.gift", RAW("\x01"), REASON_NONE},
        {"Order.lines", RAW("\x00"), REASON_NONE},
        {"Order.lines", RAW("\x01"), REASON_TRUNCATED},
        {"Order.lines", RAW("\x01\x01"), REASON_BAD_LENGTH},
        {"Order.lines", RAW("\x02"), REASON_TRUNCATED},
        {"Order.lines", RAW("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"), REASON_BAD_LENGTH}, /* INT64_MIN items */
        {"Order.lines", RAW("\xa2\x9c\x01"), REASON_TOO_MANY_LINES},                             /* 10,001 */
        {"Order.lines", RAW("\xa0\x9c\x01"), REASON_TRUNCATED},                                  /* 10,000 */
        {"Order.lines", RAW("\x00\x00"), REASON_TRAILING_BYTES},
    };
    static const struct refusal spends[] = {
        {"AdSpend.day", RAW("\x00"), REASON_TIME_OUT_OF_RANGE},
        {"AdSpend.day", RAW("\x01"), REASON_TIME_OUT_OF_RANGE},
        {"AdSpend.hour", RAW("\x02\x30"), REASON_TIME_OUT_OF_RANGE}, /* 24 */
        {"AdSpend.hour", RAW("\x02\x01"), REASON_TIME_OUT_OF_RANGE},
        {"AdSpend.hour", RAW("\x02\x2e"), REASON_NONE},
        {"AdSpend.hour", RAW("\x00"), REASON_NONE},
        {"AdSpend.campaign_id", RAW("\x00"), REASON_EMPTY_ID},
        {"AdSpend.clicks", RAW("\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), REASON_AMOUNT_OVERFLOW},
    };
    check_refusals(EVENT_ORDER, refusals, COUNT(refusals));
    check_refusals(EVENT_AD_SPEND, spends, COUNT(spends));
}

static enum reason reason_of_long(const char *path, int64_t value)
{
    static struct written number;
    number.len = 0;
    put_long(&number, value);
    return reason_of_change(EVENT_ORDER, &(struct change){.path = path, .bytes = number.bytes, .len = number.len});
}

Test(decode_plan, times_are_from_2000_to_2100)
{
    cr_assert_eq(reason_of_long("Order.created_at", FIELD_TIME_US_MIN), REASON_NONE);
    cr_assert_eq(reason_of_long("Order.created_at", FIELD_TIME_US_END - 1), REASON_NONE);
    cr_assert_eq(reason_of_long("Order.created_at", FIELD_TIME_US_MIN - 1), REASON_TIME_OUT_OF_RANGE);
    cr_assert_eq(reason_of_long("Order.created_at", FIELD_TIME_US_END), REASON_TIME_OUT_OF_RANGE);
    cr_assert_eq(reason_of_long("Order.created_at", -FIELD_TIME_US_MIN), REASON_TIME_OUT_OF_RANGE);
}

static enum reason reason_of_text(const char *path, bool nullable, size_t len)
{
    static struct written text;
    text.len = 0;
    if (nullable)
        put_long(&text, 1);
    put_long(&text, (int64_t)len);
    memset(text.bytes + text.len, 'x', len);
    text.len += len;
    return reason_of_change(EVENT_ORDER, &(struct change){.path = path, .bytes = text.bytes, .len = text.len});
}

Test(decode_plan, ids_have_200_bytes_and_texts_4096_at_most)
{
    for (size_t len = 1; len <= EVENT_ID_BYTES_MAX; len++)
        cr_assert_eq(reason_of_text("Order.order_id", false, len), REASON_NONE, "%zu bytes", len);
    cr_assert_eq(reason_of_text("Order.order_id", false, EVENT_ID_BYTES_MAX + 1), REASON_ID_TOO_LONG);
    cr_assert_eq(reason_of_text("OrderLine.seller_sku", true, EVENT_ID_BYTES_MAX + 1), REASON_ID_TOO_LONG);
    cr_assert_eq(reason_of_text("OrderLine.product_name", true, FIELD_TEXT_BYTES_MAX), REASON_NONE);
    cr_assert_eq(reason_of_text("OrderLine.product_name", true, FIELD_TEXT_BYTES_MAX + 1), REASON_BAD_LENGTH);
}

Test(decode_plan, every_prefix_is_truncated_and_every_byte_more_is_trailing)
{
    struct err err;
    struct event event;
    struct arena arena;
    arena_init(&arena);
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        write_event(&written, (enum event_kind)kind, NULL);
        struct decode_plan *plan = decode_plan_new((enum event_kind)kind, written.json, written.json_len, &err);
        cr_assert_not_null(plan, "%s", err.text);
        for (size_t len = 0; len < written.len; len++)
            cr_assert_eq(decode(plan, written.bytes, len, &arena, &event), REASON_TRUNCATED, "%zu bytes", len);
        cr_assert_eq(decode(plan, written.bytes, written.len, &arena, &event), REASON_NONE);
        written.bytes[written.len] = 0;
        cr_assert_eq(decode(plan, written.bytes, written.len + 1, &arena, &event), REASON_TRAILING_BYTES);
        decode_plan_free(plan);
    }
    arena_done(&arena);
}

/* The bytes of one line as write_event makes them. */
static size_t write_line(uint8_t *ret_bytes)
{
    static struct written line;
    const struct change nothing = {.path = ""};
    const struct record_rule *order = &event_rules[EVENT_ORDER];
    line.len = line.json_len = 0;
    write_record(&line, order->fields[order->count - 1].record, &nothing);
    memcpy(ret_bytes, line.bytes, line.len);
    return line.len;
}

/* count lines in blocks of block_lines; sized: as negative counts with the block's size, off by size_error bytes. */
static void write_lines(struct written *to, int count, int block_lines, bool sized, int size_error)
{
    uint8_t line[256];
    size_t len = write_line(line);
    to->len = 0;
    for (int done = 0; done < count; done += block_lines) {
        int here = count - done < block_lines ? count - done : block_lines;
        put_long(to, sized ? -here : here);
        if (sized)
            put_long(to, (int64_t)len * here + size_error);
        for (int i = 0; i < here; i++)
            put_raw(to, line, len);
    }
    put_long(to, 0);
}

static enum reason reason_of_lines(int count, int block_lines, bool sized, int size_error, uint32_t *ret_count)
{
    static struct written lines;
    struct event event;
    struct arena arena;
    arena_init(&arena);
    write_lines(&lines, count, block_lines, sized, size_error);
    write_event(&written, EVENT_ORDER,
                &(struct change){.path = "Order.lines", .bytes = lines.bytes, .len = lines.len});
    enum reason reason = decode_written(EVENT_ORDER, &event, &arena);
    *ret_count = reason ? 0 : event.order.line_count;
    for (uint32_t i = 0; i < *ret_count; i++)
        cr_assert(event.order.lines[i].quantity == 2 && event.order.lines[i].gift && event.order.lines[i].line_id.len == 7);
    arena_done(&arena);
    return reason;
}

Test(decode_plan, ten_thousand_lines_are_taken_and_one_more_is_not)
{
    static const int blocks[] = {1, 3, 999, 10000};
    uint32_t count = 0;
    for (size_t i = 0; i < COUNT(blocks); i++) {
        for (int sized = 0; sized < 2; sized++) {
            cr_assert_eq(reason_of_lines(EVENT_LINES_MAX, blocks[i], sized, 0, &count), REASON_NONE);
            cr_assert_eq(count, EVENT_LINES_MAX);
            cr_assert_eq(reason_of_lines(EVENT_LINES_MAX + 1, blocks[i], sized, 0, &count), REASON_TOO_MANY_LINES);
        }
    }
}

Test(decode_plan, a_block_must_have_the_size_it_says)
{
    uint32_t count = 0;
    cr_assert_eq(reason_of_lines(3, 2, true, 0, &count), REASON_NONE);
    cr_assert_eq(count, 3);
    cr_assert_eq(reason_of_lines(3, 3, true, -1, &count), REASON_BAD_LENGTH);
    cr_assert_eq(reason_of_lines(3, 2, true, 1, &count), REASON_BAD_LENGTH);
}

Test(decode_plan, memory_is_bounded_by_the_bytes_however_many_lines_they_claim)
{
    struct err err;
    struct event event;
    struct arena arena;
    arena_init(&arena);
    write_event(&written, EVENT_ORDER, &(struct change){.path = "Order.lines", .bytes = RAW("\xa0\x9c\x01\x02")});
    struct decode_plan *plan = decode_plan_new(EVENT_ORDER, written.json, written.json_len, &err);
    cr_assert_not_null(plan, "%s", err.text);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(decode(plan, written.bytes, written.len, &arena, &event), REASON_TRUNCATED);
    cr_assert_lt(arena.used_bytes, 1000 * 64);
    decode_plan_free(plan);
    arena_done(&arena);
}

/* ---- other writers' schemas ---- */

#define TIME_JSON(unit) "{\"type\":\"long\",\"logicalType\":\"timestamp-" unit "\"}"
#define STATUS_JSON(symbols) "{\"type\":\"enum\",\"name\":\"OrderStatus\",\"symbols\":[" symbols "]}"

Test(decode_plan, writers_that_can_be_read_as_ours_are)
{
    static const struct change changes[] = {
        {.path = "Order.tax", .type = "\"int\"", .bytes = RAW("\x04")},
        {.path = "Order.created_at", .type = "\"long\""},
        {.path = "Order.created_at", .type = TIME_JSON("micros")},
        {.path = "Order.channel", .type = "\"string\"", .bytes = RAW("\x02x")},
        {.path = "Order.channel", .type = "[\"string\",\"null\"]", .bytes = RAW("\x02")},
        {.path = "Order.channel", .type = "\"null\"", .bytes = RAW("")},
        {.path = "Order.channel", .type = "[\"null\",\"long\",\"string\"]", .bytes = RAW("\x04\x02x")},
        {.path = "Order.order_id", .type = "[\"null\",\"string\"]", .bytes = RAW("\x02\x02x")},
        {.path = "Order.order_id", .type = "\"bytes\""},
        {.path = "Order.paid_at", .removed = true},
        {.path = "Order.mirror", .removed = true},
        {.path = "Order.affiliate", .removed = true},
        {.path = "Affiliate.content_id", .removed = true},
        {.path = "OrderLine.gift", .removed = true},
        {.path = "Order.status", .type = STATUS_JSON("\"PAID\",\"RETURNED\""), .bytes = RAW("\x00")},
        {.path = "Order.", .before = "{\"name\":\"x\",\"type\":\"double\"}", .before_bytes = RAW("12345678")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":\"float\"}", .after_bytes = RAW("1234")},
        {.path = "OrderLine.", .after = "{\"name\":\"x\",\"type\":[\"null\",\"bytes\"]}", .after_bytes = RAW("\x02\x04\xff\x00")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}}",
         .after_bytes = RAW("abc")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}}",
         .after_bytes = RAW("\x02")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"map\",\"values\":\"int\"}}",
         .after_bytes = RAW("\x02\x02k\x04\x01\x0a\x06key\x08\x00")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":\"string\"}}}",
         .after_bytes = RAW("\x04\x02\x02" "a\x00\x00\x00")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"record\",\"name\":\"N\",\"fields\":["
                                    "{\"name\":\"a\",\"type\":\"boolean\"},{\"name\":\"b\",\"type\":\"Shipping\"}]}}",
         .after_bytes = RAW("\x01\x02\x02\x02\x02")},
    };
    for (size_t i = 0; i < COUNT(changes); i++) {
        enum reason reason = reason_of_change(EVENT_ORDER, &changes[i]);
        cr_expect_eq(reason, REASON_NONE, "vector %zu, %s: %s", i, changes[i].path, reason_name(reason));
    }
}

Test(decode_plan, writers_that_cannot_be_read_as_ours_are_not)
{
    static const struct change changes[] = {
        {.path = "Order.order_id", .removed = true},
        {.path = "Order.lines", .removed = true},
        {.path = "Order.shipping", .removed = true},
        {.path = "Shipping.paid", .removed = true},
        {.path = "OrderLine.quantity", .removed = true},
        {.path = "Order.tax", .type = "\"string\""},
        {.path = "Order.tax", .type = "\"double\""},
        {.path = "Order.tax", .type = "[\"null\",\"string\"]"},
        {.path = "Order.amount_scale", .type = "\"long\""},
        {.path = "Order.created_at", .type = TIME_JSON("millis")},
        {.path = "Order.paid_at", .type = "[\"null\"," TIME_JSON("nanos") ",\"string\"]", .bytes = RAW("\x02\x00")},
        {.path = "Order.tax", .type = TIME_JSON("micros")},
        {.path = "Order.lines", .type = "\"string\""},
        {.path = "Order.shipping", .type = "{\"type\":\"array\",\"items\":\"long\"}"},
        {.path = "Order.status", .type = "\"string\""},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":[\"null\",\"Order\"]}", .after_bytes = RAW("\x00")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":\"Unknown\"}"},
        {.path = "Order.", .after = "{\"name\":\"tax\",\"type\":\"long\"}"},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":-2}}"},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":99999999999}}"},
    };
    for (size_t i = 0; i < COUNT(changes); i++) {
        enum reason reason = reason_of_change(EVENT_ORDER, &changes[i]);
        bool nanos = strstr(changes[i].type ? changes[i].type : "", "nanos") != NULL;
        cr_expect_eq(reason, nanos ? REASON_BAD_ENUM : REASON_UNRESOLVABLE_SCHEMA, "vector %zu, %s: %s", i,
                     changes[i].path, reason_name(reason));
    }
}

Test(decode_plan, what_has_no_place_in_ours_is_refused_when_it_is_met)
{
    static const struct change changes[] = {
        {.path = "Order.order_id", .type = "[\"null\",\"string\"]", .bytes = RAW("\x00")},
        {.path = "Order.channel", .type = "[\"null\",\"long\",\"string\"]", .bytes = RAW("\x02\x02")},
        {.path = "Order.status", .type = STATUS_JSON("\"PAID\",\"RETURNED\""), .bytes = RAW("\x02")},
    };
    static const struct change bad[] = {
        {.path = "Order.tax", .type = "\"int\"", .bytes = RAW("\x80\x80\x80\x80\x10")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":\"int\"}", .after_bytes = RAW("\x80\x80\x80\x80\x10")},
    };
    for (size_t i = 0; i < COUNT(changes); i++)
        cr_expect_eq(reason_of_change(EVENT_ORDER, &changes[i]), REASON_BAD_ENUM, "vector %zu", i);
    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_eq(reason_of_change(EVENT_ORDER, &bad[i]), REASON_BAD_VARINT, "vector %zu", i);
}

Test(decode_plan, skipped_values_are_held_against_the_bytes_left)
{
#define SKIPPED(type, bytes, why)                                                                            \
    {{.path = "Order.", .after = "{\"name\":\"x\",\"type\":" type "}", .after_bytes = RAW(bytes)}, why}
    static const struct {
        struct change change;
        enum reason reason;
    } vectors[] = {
        SKIPPED("\"string\"", "\x04x", REASON_TRUNCATED),
        SKIPPED("\"bytes\"", "\x01", REASON_BAD_LENGTH),
        SKIPPED("\"boolean\"", "\x02", REASON_BAD_BOOLEAN),
        SKIPPED("\"double\"", "1234567", REASON_TRUNCATED),
        SKIPPED("[\"null\",\"int\"]", "\x04", REASON_BAD_ENUM),
        SKIPPED("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "\x02", REASON_BAD_ENUM),
        SKIPPED("{\"type\":\"array\",\"items\":\"int\"}", "\x80\x84\xaf\x5f", REASON_TRUNCATED), /* 10^8 ints */
        SKIPPED("{\"type\":\"array\",\"items\":\"int\"}", "\x01\x04\x02\x00", REASON_BAD_LENGTH),
        SKIPPED("{\"type\":\"array\",\"items\":\"int\"}", "\x01\x01", REASON_BAD_LENGTH),
        SKIPPED("{\"type\":\"array\",\"items\":\"int\"}", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", REASON_BAD_LENGTH),
        SKIPPED("{\"type\":\"array\",\"items\":\"null\"}", "\x80\x84\xaf\x5f\x00", REASON_NONE), /* 10^8 nulls */
        SKIPPED("{\"type\":\"array\",\"items\":\"null\"}", "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", REASON_NONE),
        SKIPPED("{\"type\":\"array\",\"items\":\"null\"}", "\x01\x02x\x00", REASON_BAD_LENGTH),
        SKIPPED("{\"type\":\"array\",\"items\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":0}}", "\x80\x84\xaf\x5f\x00", REASON_NONE),
        SKIPPED("{\"type\":\"map\",\"values\":\"null\"}", "\x80\x84\xaf\x5f\x00", REASON_TRUNCATED),
    };
    for (size_t i = 0; i < COUNT(vectors); i++) {
        enum reason reason = reason_of_change(EVENT_ORDER, &vectors[i].change);
        cr_expect_eq(reason, vectors[i].reason, "vector %zu: %s", i, reason_name(reason));
    }
}

Test(decode_plan, fields_may_come_in_any_order_and_keep_their_values)
{
    static const char json[] =
        "{\"type\":\"record\",\"name\":\"AdSpend\",\"namespace\":\"other\",\"fields\":["
        "{\"name\":\"occurred_at\",\"type\":\"long\"},{\"name\":\"spend\",\"type\":\"int\"},"
        "{\"name\":\"shop_id\",\"type\":\"string\"},{\"name\":\"day\",\"type\":{\"type\":\"int\",\"logicalType\":\"date\"}},"
        "{\"name\":\"event_id\",\"type\":\"string\"},{\"name\":\"platform\",\"type\":\"string\"},"
        "{\"name\":\"campaign_id\",\"type\":\"string\"},{\"name\":\"account_id\",\"type\":\"string\"},"
        "{\"name\":\"timezone\",\"type\":\"string\"},{\"name\":\"revision\",\"type\":\"int\"},"
        "{\"name\":\"amount_scale\",\"type\":\"int\"},{\"name\":\"currency\",\"type\":\"string\"}]}";
    struct err err;
    struct event event;
    struct arena arena;
    arena_init(&arena);
    struct decode_plan *plan = decode_plan_new(EVENT_AD_SPEND, json, sizeof json - 1, &err);
    cr_assert_not_null(plan, "%s", err.text);
    cr_assert_not(decode_plan_is_ours(plan));
    written.len = 0;
    put_long(&written, INT64_C(1717200000000001));
    put_long(&written, -77);
    put_text(&written, "shop");
    put_long(&written, 19876);
    put_text(&written, "event");
    put_text(&written, "meta");
    put_text(&written, "campaign");
    put_text(&written, "account");
    put_text(&written, "UTC");
    put_long(&written, 5);
    put_long(&written, 0);
    put_text(&written, "IDR");
    cr_assert_eq(decode_plan_run(plan, written.bytes, written.len, &arena, &event), REASON_NONE);
    cr_assert(event.occurred_at_us == INT64_C(1717200000000001) && event.ad_spend.spend_minor == -77);
    cr_assert(text_equals(event.shop_id, "shop") && text_equals(event.event_id, "event"));
    cr_assert(text_equals(event.ad_spend.campaign_id, "campaign") && text_equals(event.ad_spend.account_id, "account"));
    cr_assert(event.revision == 5 && event.amount_scale == 0 && text_equals(event.currency, "IDR"));
    cr_assert(event.ad_spend.hour == -1 && event.ad_spend.clicks == EVENT_ABSENT && !event.ad_spend.channel.ptr);
    decode_plan_free(plan);
    arena_done(&arena);
}

Test(decode_plan, absent_fields_are_null_or_false_not_zero)
{
    struct event event;
    struct arena arena;
    arena_init(&arena);
    write_event(&written, EVENT_ORDER, &(struct change){.path = "Order.affiliate", .removed = true});
    cr_assert_eq(decode_written(EVENT_ORDER, &event, &arena), REASON_NONE);
    cr_assert(!event.order.affiliate.creator.ptr && event.order.affiliate.rate_ppm == -1);
    cr_assert(event.order.affiliate.shop_ads_rate_ppm == -1 &&
              event.order.affiliate.actual_commission_minor == EVENT_ABSENT);
    write_event(&written, EVENT_ORDER, &(struct change){.path = "Order.paid_at", .removed = true});
    cr_assert_eq(decode_written(EVENT_ORDER, &event, &arena), REASON_NONE);
    cr_assert(event.order.paid_at_us == EVENT_ABSENT && event.order.mirror);
    write_event(&written, EVENT_ORDER, &(struct change){.path = "Order.mirror", .removed = true});
    cr_assert_eq(decode_written(EVENT_ORDER, &event, &arena), REASON_NONE);
    cr_assert(!event.order.mirror && event.order.sample && event.order.status == ORDER_PAID);
    arena_done(&arena);
}

Test(decode_plan, the_plan_of_our_own_schema_is_ours_and_any_other_layout_is_not)
{
    static const struct change changes[] = {
        {.path = "Order.tax", .type = "\"int\""},
        {.path = "Order.channel", .type = "\"string\""},
        {.path = "Order.channel", .type = "[\"string\",\"null\"]"},
        {.path = "Order.paid_at", .removed = true},
        {.path = "Order.status", .type = STATUS_JSON("\"PAID\",\"UNPAID\",\"SHIPPED\",\"DELIVERED\",\"COMPLETED\",\"CANCELLED\",\"ON_HOLD\"")},
        {.path = "Order.", .after = "{\"name\":\"x\",\"type\":\"null\"}"},
        {.path = "OrderLine.", .before = "{\"name\":\"x\",\"type\":\"long\"}", .before_bytes = RAW("\x00")},
        {.path = "OrderLine.tax", .type = "\"int\""},
    };
    struct err err;
    write_event(&written, EVENT_ORDER, NULL);
    struct decode_plan *plan = decode_plan_new(EVENT_ORDER, written.json, written.json_len, &err);
    cr_assert(plan && decode_plan_is_ours(plan), "%s", err.text);
    decode_plan_free(plan);
    for (size_t i = 0; i < COUNT(changes); i++) {
        write_event(&written, EVENT_ORDER, &changes[i]);
        plan = decode_plan_new(EVENT_ORDER, written.json, written.json_len, &err);
        cr_assert(plan && !decode_plan_is_ours(plan), "vector %zu", i);
        decode_plan_free(plan);
    }
}
