/* Reading schemas: what is none is refused with a place, and neither depth nor size takes the stack or the time. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "schemas/decode_plan.h"
#include "schemas/json.h"
#include "schemas/schema.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct arena arena;
static struct err err;

static void start(void)
{
    arena_init(&arena);
}

static void end(void)
{
    arena_done(&arena);
}

TestSuite(schema, .init = start, .fini = end);

static const struct schema *parse(const char *json)
{
    /* Not NUL-terminated, at its exact size. */
    size_t len = strlen(json);
    char *exact = malloc(len ? len : 1);
    cr_assert_not_null(exact);
    memcpy(exact, json, len);
    const struct schema *schema = schema_parse(&arena, exact, len, &err);
    free(exact); /* names of the result are not looked at by callers that expect a refusal */
    return schema;
}

Test(schema, text_that_is_no_json_is_refused_with_its_place)
{
    static const char *const bad[] = {
        "", " ", "{", "[", "\"", "\"a", "\"a\\", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[1 2]", "tru", "nul", "-x",
        "{\"type\":\"int\"} x", "\"int\" 1", "{a:1}", "'int'", "\"in\nt\"", "{\"type\" \"int\"}", "{,}", "]", "\x01",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        cr_expect_null(parse(bad[i]), "%s", bad[i]);
        cr_expect_not_null(strstr(err.text, "schema: "), "%s", err.text);
    }
}

Test(schema, json_that_is_no_schema_is_refused)
{
    static const char *const bad[] = {
        "1", "null", "true", "{}", "\"\"", "\"strin\"", "{\"type\":1}", "{\"type\":\"record\"}",
        "{\"type\":\"record\",\"name\":\"A\"}", "{\"type\":\"record\",\"name\":\"A\",\"fields\":{}}",
        "{\"type\":\"record\",\"name\":\"\",\"fields\":[]}", "{\"type\":\"record\",\"name\":\"1A\",\"fields\":[]}",
        "{\"type\":\"record\",\"name\":\"A.\",\"fields\":[]}", "{\"type\":\"record\",\"name\":\"A\",\"fields\":[1]}",
        "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"a\"}]}",
        "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"type\":\"int\"}]}",
        "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"a b\",\"type\":\"int\"}]}",
        "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"a\",\"type\":\"int\"}]}",
        "[\"null\",[\"int\"]]", "[\"null\",\"null\"]", "[\"int\",{\"type\":\"int\"}]", "{\"type\":\"enum\",\"name\":\"E\"}", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[1]}",
        "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"A\"]}", "{\"type\":\"array\"}", "{\"type\":\"map\"}",
        "{\"type\":\"fixed\",\"name\":\"F\"}", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":\"1\"}",
        "{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":1.5}",
        "{\"type\":\"fixed\",\"name\":\"F\",\"size\":4294967297}",
        "[{\"type\":\"fixed\",\"name\":\"F\",\"size\":1},{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}]",
        "{\"type\":\"array\",\"items\":\"F\"}",
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_null(parse(bad[i]), "%s", bad[i]);
}

Test(schema, names_logical_types_and_sizes_are_kept)
{
    static const char json[] =
        "{\"type\":\"record\",\"name\":\"a.b.R\",\"doc\":\"\\u0041 \\\"x\\\"\",\"fields\":["
        "{\"name\":\"t\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}},"
        "{\"name\":\"f\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":12}},"
        "{\"name\":\"g\",\"type\":\"a.b.F\"},{\"name\":\"h\",\"type\":[\"null\",\"F\"]},"
        "{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"namespace\":\"c\",\"symbols\":[\"X\",\"Y\"]}},"
        "{\"name\":\"w\",\"type\":{\"type\":{\"type\":\"map\",\"values\":\"double\"}}}]}";
    const struct schema *schema = schema_parse(&arena, json, sizeof json - 1, &err);
    cr_assert_not_null(schema, "%s", err.text);
    cr_assert(schema->type == SCHEMA_RECORD && schema->count == 6 && text_equals(schema->name, "R"));
    cr_assert(text_equals(schema->namespace, "a.b") && text_equals(schema->names[2], "g"));
    cr_assert(text_equals(schema->children[0]->logical_type, "timestamp-micros"));
    cr_assert(schema->children[1]->size == 12 && schema->children[2] == schema->children[1]);
    cr_assert(schema->children[3]->count == 2 && schema->children[3]->children[1] == schema->children[1]);
    cr_assert(text_equals(schema->children[4]->namespace, "c") && schema->children[4]->count == 2);
    cr_assert(schema->children[5]->type == SCHEMA_MAP && schema->children[5]->children[0]->type == SCHEMA_DOUBLE);
}

static char *repeat(const char *unit, size_t times, const char *middle, const char *closing)
{
    size_t unit_len = strlen(unit), close_len = strlen(closing), len = 0;
    char *text = malloc(times * (unit_len + close_len) + strlen(middle) + 1);
    cr_assert_not_null(text);
    for (size_t i = 0; i < times; i++, len += unit_len)
        memcpy(text + len, unit, unit_len);
    memcpy(text + len, middle, strlen(middle) + 1);
    len += strlen(middle);
    for (size_t i = 0; i < times; i++, len += close_len)
        memcpy(text + len, closing, close_len + 1);
    return text;
}

Test(schema, nesting_is_read_to_depth_32_and_no_further)
{
    static const struct {
        const char *unit, *closing;
    } nests[] = {{"[", "]"}, {"{\"type\":\"array\",\"items\":", "}"}, {"{\"type\":", "}"}, {"{\"doc\":", "}"}};
    char *good = repeat(nests[1].unit, JSON_DEPTH_MAX - 1, "\"int\"", nests[1].closing);
    cr_assert_not_null(parse(good), "%s", err.text);
    free(good);
    for (size_t i = 0; i < COUNT(nests); i++) {
        size_t unit = strlen(nests[i].unit) + strlen(nests[i].closing);
        size_t deepest = (JSON_BYTES_MAX - 8) / unit, depths[] = {JSON_DEPTH_MAX, 1000, deepest};
        for (size_t d = 0; d < COUNT(depths); d++) {
            char *deep = repeat(nests[i].unit, depths[d], "\"int\"", nests[i].closing);
            cr_expect_null(parse(deep));
            cr_expect_not_null(strstr(err.text, "nested too deeply"), "%s", err.text);
            free(deep);
        }
    }
}

Test(schema, more_than_256_kib_are_refused)
{
    char *huge = repeat(" ", JSON_BYTES_MAX, "\"int\"", "");
    cr_assert_null(parse(huge));
    cr_assert_not_null(strstr(err.text, "larger than 256 KiB"));
    cr_assert_not_null(parse(huge + 5), "%s", err.text);
    free(huge);
}

static double seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void refuse_quickly(const char *json)
{
    double begun = seconds();
    struct decode_plan *plan = decode_plan_new(EVENT_ORDER, json, strlen(json), &err);
    cr_expect_null(plan);
    decode_plan_free(plan);
    cr_expect_lt(seconds() - begun, 5.0);
}

/* Each type holds the one before ten times: 10^15 values of nothing, in 2 KiB. */
Test(schema, a_tree_that_grows_with_every_level_is_refused_quickly)
{
    static const char *const leaves[] = {"\"null\"", "\"int\"", "{\"type\":\"array\",\"items\":\"null\"}"};
    for (size_t leaf = 0; leaf < COUNT(leaves); leaf++) {
        static char json[32 * 1024];
        size_t len = (size_t)snprintf(json, sizeof json, "{\"type\":\"record\",\"name\":\"Order\",\"fields\":["
                                      "{\"name\":\"l0\",\"type\":{\"type\":\"record\",\"name\":\"T0\",\"fields\":["
                                      "{\"name\":\"a\",\"type\":%s}]}}", leaves[leaf]);
        for (int level = 1; level <= 15; level++) {
            len += (size_t)snprintf(json + len, sizeof json - len,
                                    ",{\"name\":\"l%d\",\"type\":{\"type\":\"record\",\"name\":\"T%d\",\"fields\":[", level, level);
            for (int i = 0; i < 10; i++)
                len += (size_t)snprintf(json + len, sizeof json - len, "%s{\"name\":\"f%d\",\"type\":\"T%d\"}", i ? "," : "", i,
                                        level - 1);
            len += (size_t)snprintf(json + len, sizeof json - len, "]}}");
        }
        (void)snprintf(json + len, sizeof json - len, "]}");
        refuse_quickly(json);
        cr_expect_not_null(strstr(err.text, "too large"), "%s", err.text);
    }
}

Test(schema, a_type_that_contains_itself_is_refused)
{
    refuse_quickly("{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"x\",\"type\":{\"type\":\"array\",\"items\":\"Order\"}}]}");
    cr_assert_not_null(strstr(err.text, "contains itself"), "%s", err.text);
}

/* Names are looked up one by one, so thousands of them are the worst case for time. */
Test(schema, thousands_of_names_are_read_in_bounded_time)
{
    static char json[JSON_BYTES_MAX + 1];
    size_t len = (size_t)snprintf(json, sizeof json, "{\"type\":\"map\",\"values\":[");
    int count = 0;
    for (; len < sizeof json - 100 && count < 999; count++)
        len += (size_t)snprintf(json + len, sizeof json - len, "%s{\"type\":\"fixed\",\"name\":\"F%d\",\"size\":0}",
                                count ? "," : "", count);
    (void)snprintf(json + len, sizeof json - len, "]}");
    double begun = seconds();
    cr_assert_not_null(parse(json), "%s", err.text);
    cr_assert_lt(seconds() - begun, 5.0);
}
