#include "schemas/alert_wire.h"

#include <avro.h>
#include <criterion/criterion.h>
#include <string.h>

#include "common/embedded.h"

static struct arena arena;

static const struct embedded_file *schema_file(void)
{
    const struct embedded_file *file = embedded_avro;
    while (file->name && strcmp(file->name, "alert.avsc") != 0)
        file++;
    cr_assert_not_null(file->name);
    return file;
}

static struct alert sample(void)
{
    return (struct alert){.id = {.hi = UINT64_C(0x0123456789abcdef), .lo = UINT64_C(0xfedcba9876543210)},
                          .kind = text_of("incident"),
                          .shop_id = text_of("shop-7"),
                          .metric = text_of("gross"),
                          .dimension = text_of("shop"),
                          .key = {"", 0},
                          .status = text_of("open"),
                          .severity = text_of("alert"),
                          .direction = text_of("below"),
                          .hypothesis = text_of("orders -36 %"),
                          .currency = text_of("USD"),
                          .amount_scale = 2,
                          .revision = 300,
                          .since_us = INT64_C(1767225600000000),
                          .until_us = INT64_C(1767229200000000),
                          .closed_us = EVENT_ABSENT,
                          .width_us = INT64_C(3600000000),
                          .value = -1234.5,
                          .expected = 0.125,
                          .lower = -0.0,
                          .upper = 1e300,
                          .z_calibrated = -6.25,
                          .bucket_count = 3,
                          .child_count = 0,
                          .committed_us = INT64_C(1767229300000001)};
}

/* The bytes behind the frame as avro-c reads them under the schema, as JSON. */
static char *read_back(const struct alert *alert)
{
    const uint8_t *bytes;
    size_t len;
    avro_schema_t schema;
    avro_value_t value;
    char *json;
    alert_wire_write(alert, 9, &arena, &bytes, &len);
    cr_assert_eq(memcmp(bytes, "\0\0\0\0\11", 5), 0);
    const struct embedded_file *file = schema_file();
    cr_assert_eq(avro_schema_from_json_length(file->data, file->size, &schema), 0);
    avro_value_iface_t *iface = avro_generic_class_from_schema(schema);
    cr_assert_eq(avro_generic_value_new(iface, &value), 0);
    avro_reader_t reader = avro_reader_memory((const char *)bytes + 5, (int64_t)len - 5);
    cr_assert_eq(avro_value_read(reader, &value), 0, "%s", avro_strerror());
    char rest;
    cr_assert_neq(avro_read(reader, &rest, 1), 0, "bytes are left over");
    cr_assert_eq(avro_value_to_json(&value, 1, &json), 0);
    avro_reader_free(reader);
    avro_value_decref(&value);
    avro_value_iface_decref(iface);
    avro_schema_decref(schema);
    return json;
}

static void holds(const char *json, const char *part)
{
    cr_assert_not_null(strstr(json, part), "%s is not in %s", part, json);
}

Test(alert_wire, avro_reads_back_every_field)
{
    static const char *const parts[] = {
        "\"alert_id\": \"0123456789abcdeffedcba9876543210\"", "\"kind\": \"incident\"", "\"shop_id\": \"shop-7\"", "\"metric\": \"gross\"",
        "\"dimension\": \"shop\"", "\"key\": \"\"", "\"baseline\": null", "\"status\": \"open\"", "\"severity\": \"alert\"",
        "\"direction\": \"below\"", "\"hypothesis\": {\"string\": \"orders -36 %\"}", "\"currency\": {\"string\": \"USD\"}",
        "\"amount_scale\": 2", "\"revision\": 300", "\"since\": 1767225600000000", "\"until\": {\"long\": 1767229200000000}",
        "\"closed_at\": null", "\"width_us\": 3600000000", "\"value\": -1234.5", "\"expected\": 0.125", "\"lower\": -0.0", "\"upper\": 1.0000000000000001e300",
        "\"z_calibrated\": -6.25", "\"bucket_count\": 3", "\"child_count\": 0", "\"committed_at\": 1767229300000001"};
    struct alert alert = sample();
    arena_init(&arena);
    char *json = read_back(&alert);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        holds(json, parts[i]);
    free(json);
    arena_done(&arena);
}

Test(alert_wire, what_may_be_absent_is_null_and_long_texts_have_room)
{
    static char text[5000];
    struct alert alert = sample();
    memset(text, 'x', sizeof text - 1);
    alert.key = text_of(text);
    alert.hypothesis = alert.currency = (struct text){NULL, 0};
    alert.baseline = text_of("buckets");
    alert.until_us = EVENT_ABSENT;
    alert.closed_us = -1;
    arena_init(&arena);
    char *json = read_back(&alert);
    holds(json, "\"hypothesis\": null");
    holds(json, "\"currency\": null");
    holds(json, "\"baseline\": {\"string\": \"buckets\"}");
    holds(json, "\"until\": null");
    holds(json, "\"closed_at\": {\"long\": -1}");
    cr_assert(strlen(json) > 5000);
    free(json);
    arena_done(&arena);
}

Test(alert_wire, the_schema_has_an_id)
{
    struct err err = {0};
    int32_t id = 0;
    cr_assert(alert_wire_id(&id, &err), "%s", err.text);
    cr_assert_eq(id, 9);
}
