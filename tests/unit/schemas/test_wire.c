/* The frame, the ids, the key, and the hashes that are stored. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "common/hash.h"
#include "schemas/decode_fast.h"
#include "schemas/schema_ids.h"
#include "schemas/wire.h"
#include "support/event_check.h"
#include "support/event_maker.h"
#include "support/written_event.h"

static struct wire_encoder *encoder;
static struct wire_decoder *decoder;
static struct arena arena;
static struct made_event made;
static struct err err;

static void open_wire(void)
{
    arena_init(&arena);
    encoder = wire_encoder_new(&err);
    cr_assert_not_null(encoder, "%s", err.text);
    decoder = wire_decoder_new(&err);
    cr_assert_not_null(decoder, "%s", err.text);
}

static void close_wire(void)
{
    wire_encoder_free(encoder);
    wire_decoder_free(decoder);
    arena_done(&arena);
}

TestSuite(wire, .init = open_wire, .fini = close_wire);

/* A copy in the arena, as the encoder's bytes live until its next call only. */
static uint8_t *encode(const struct event *event, size_t *ret_len)
{
    const uint8_t *bytes = NULL;
    cr_assert(wire_encode(encoder, event, &bytes, ret_len, &err), "%s", err.text);
    return arena_copy(&arena, bytes, *ret_len);
}

static enum reason decode(enum event_topic topic, const uint8_t *bytes, size_t len, struct event *ret_event)
{
    return wire_decode(decoder, topic, NULL, 0, bytes, len, &arena, ret_event);
}

Test(wire, a_null_value_and_a_wrong_frame_are_refused)
{
    struct event event;
    size_t len = 0;
    uint8_t *bytes = encode(make_usual_order(&made, 1), &len);
    cr_assert_eq(decode(TOPIC_ORDERS, NULL, 0, &event), REASON_NULL_VALUE);
    for (size_t cut = 0; cut < 5; cut++)
        cr_assert_eq(decode(TOPIC_ORDERS, bytes, cut, &event), REASON_WRONG_FRAME);
    cr_assert_eq(decode(TOPIC_ORDERS, bytes, 5, &event), REASON_TRUNCATED);
    cr_assert_eq(decode(TOPIC_ORDERS, bytes, len, &event), REASON_NONE);
    bytes[0] = 1;
    cr_assert_eq(decode(TOPIC_ORDERS, bytes, len, &event), REASON_WRONG_FRAME);
}

Test(wire, an_id_that_is_unknown_or_of_the_other_topic_is_refused)
{
    struct event event;
    size_t len = 0, spend_len = 0;
    uint8_t *bytes = encode(make_usual_order(&made, 1), &len);
    uint8_t *spend = encode(make_wild_spend(&made, 1), &spend_len);
    cr_assert_eq(decode(TOPIC_AD_SPEND, spend, spend_len, &event), REASON_NONE);
    cr_assert_eq(decode(TOPIC_ORDERS, spend, spend_len, &event), REASON_UNKNOWN_SCHEMA);
    cr_assert_eq(decode(TOPIC_AD_SPEND, bytes, len, &event), REASON_UNKNOWN_SCHEMA);
    bytes[1] = 0xff;
    cr_assert_eq(decode(TOPIC_ORDERS, bytes, len, &event), REASON_UNKNOWN_SCHEMA);
}

Test(wire, a_topic_carries_its_own_kinds_and_the_catalog_four)
{
    bool met[EVENT_KIND_COUNT] = {false};
    for (uint64_t seed = 1; seed < 60; seed++) {
        struct event *other = make_wild_other(&made, seed), event;
        size_t len = 0;
        uint8_t *bytes = encode(other, &len);
        for (int topic = 0; topic < TOPIC_COUNT; topic++) {
            bool fits = topic == (other->kind == EVENT_REFUND       ? TOPIC_REFUNDS
                                  : other->kind == EVENT_SETTLEMENT ? TOPIC_SETTLEMENTS
                                                                    : TOPIC_CATALOG);
            cr_assert_eq(decode((enum event_topic)topic, bytes, len, &event), fits ? REASON_NONE : REASON_UNKNOWN_SCHEMA);
            cr_assert(!fits || event.kind == other->kind);
        }
        met[other->kind] = true;
    }
    for (int kind = EVENT_REFUND; kind < EVENT_KIND_COUNT; kind++)
        cr_assert(met[kind]);
}

Test(wire, a_schema_that_cannot_be_resolved_is_named_and_its_events_are_refused)
{
    static const char json[] = "{\"type\":\"record\",\"name\":\"Order\",\"fields\":[{\"name\":\"event_id\",\"type\":\"long\"}]}";
    static const uint8_t bytes[] = {0, 0, 0, 1, 7, 2};
    struct event event;
    cr_assert_not(wire_decoder_add(decoder, EVENT_ORDER, 0x107, json, sizeof json - 1, &err));
    cr_assert_str_eq(err.text, "schema id 263: schema: field event_id: written as long, which cannot be read as ours");
    cr_assert_eq(decode(TOPIC_ORDERS, bytes, sizeof bytes, &event), REASON_UNRESOLVABLE_SCHEMA);
}

Test(wire, an_id_can_be_given_another_schema)
{
    static struct written written;
    struct event event;
    write_event(&written, EVENT_ORDER, &(struct change){.path = "Order.paid_at", .removed = true});
    cr_assert(wire_decoder_add(decoder, EVENT_ORDER, 77, "{}", 2, &err) == false);
    cr_assert(wire_decoder_add(decoder, EVENT_ORDER, 77, written.json, written.json_len, &err), "%s", err.text);
    uint8_t *bytes = arena_alloc(&arena, written.len + 5);
    memcpy(bytes, "\0\0\0\0\x4d", 5);
    memcpy(bytes + 5, written.bytes, written.len);
    cr_assert_eq(decode(TOPIC_ORDERS, bytes, written.len + 5, &event), REASON_NONE);
    cr_assert_eq(event.order.paid_at_us, EVENT_ABSENT);
}

Test(wire, the_key_must_be_the_shop)
{
    struct event event;
    size_t len = 0;
    uint8_t *bytes = encode(make_usual_order(&made, 3), &len);
    const struct text shop = made.event.shop_id;
    const uint8_t *key = (const uint8_t *)shop.ptr;
    cr_assert_eq(wire_decode(decoder, TOPIC_ORDERS, key, shop.len, bytes, len, &arena, &event), REASON_NONE);
    cr_assert_eq(wire_decode(decoder, TOPIC_ORDERS, key, shop.len - 1, bytes, len, &arena, &event), REASON_WRONG_KEY);
    cr_assert_eq(wire_decode(decoder, TOPIC_ORDERS, key, 0, bytes, len, &arena, &event), REASON_WRONG_KEY);
    cr_assert_eq(wire_decode(decoder, TOPIC_ORDERS, (const uint8_t *)"other", 5, bytes, len, &arena, &event),
                 REASON_WRONG_KEY);
}

/* An order whose lines' names make it as large as wanted. */
static uint8_t *encode_order_of(size_t wanted, size_t *ret_len)
{
    static struct order_line lines[300];
    static char name[4096];
    struct event *event = make_usual_order(&made, 5);
    memset(name, 'n', sizeof name);
    event->order.lines = lines;
    event->order.line_count = 300;
    for (size_t i = 0; i < 300; i++) {
        lines[i] = made.lines[0];
        lines[i].product_name = (struct text){name, 3400};
    }
    (void)encode(event, ret_len);
    size_t missing = wanted - *ret_len;
    for (size_t i = 0; missing; i++) {
        uint32_t more = missing > 600 ? 600 : (uint32_t)missing;
        lines[i].product_name.len += more;
        missing -= more;
    }
    return encode(event, ret_len);
}

Test(wire, one_mebibyte_is_taken_and_a_byte_more_is_not)
{
    struct event event;
    size_t len = 0;
    uint8_t *bytes = encode_order_of(EVENT_BYTES_MAX, &len);
    cr_assert_eq(len, EVENT_BYTES_MAX);
    cr_assert_eq(decode(TOPIC_ORDERS, bytes, len, &event), REASON_NONE);
    cr_assert_eq(event.order.line_count, 300);
    uint8_t *more = arena_alloc(&arena, len + 1);
    memcpy(more, bytes, len);
    more[len] = 0;
    cr_assert_eq(decode(TOPIC_ORDERS, more, len + 1, &event), REASON_TOO_LARGE);
}

Test(wire, an_event_too_large_or_without_a_required_text_is_not_encoded)
{
    static struct order_line lines[400];
    static char name[4096];
    const uint8_t *bytes = NULL;
    size_t len = 0;
    struct event *event = make_usual_order(&made, 5);
    memset(name, 'n', sizeof name);
    for (size_t i = 0; i < 400; i++) {
        lines[i] = made.lines[0];
        lines[i].product_name = (struct text){name, sizeof name};
    }
    event->order.lines = lines;
    event->order.line_count = 400;
    cr_assert_not(wire_encode(encoder, event, &bytes, &len, &err));
    cr_assert_str_eq(err.text, "event: larger than 1 MiB");
    cr_assert_eq(err.kind, ERR_REJECT);
    event->order.line_count = 1;
    cr_assert(wire_encode(encoder, event, &bytes, &len, &err), "%s", err.text);
    event->order.order_id.ptr = NULL;
    cr_assert_not(wire_encode(encoder, event, &bytes, &len, &err));
    cr_assert_eq(err.kind, ERR_REJECT);
    cr_assert(wire_encode(encoder, make_usual_order(&made, 6), &bytes, &len, &err), "%s", err.text);
}

Test(wire, equal_content_under_another_event_id_has_an_equal_hash)
{
    static const char *const ids[] = {"a", "another event id", "an id of more than sixty-three bytes, so that its length takes two"};
    struct event first, again;
    size_t len = 0;
    for (uint64_t seed = 1; seed < 200; seed++) {
        struct event *event = seed % 3 == 0   ? make_wild_order(&made, seed)
                              : seed % 3 == 1 ? make_wild_spend(&made, seed)
                                              : make_wild_other(&made, seed);
        if (event->revision == EVENT_ABSENT)
            event->revision = 0;
        uint8_t *bytes = encode(event, &len);
        cr_assert_eq(decode(event_topic_of(event->kind), bytes, len, &first), REASON_NONE);
        const char *id = ids[seed % 3];
        event->event_id = (struct text){id, (uint32_t)strlen(id)};
        bytes = encode(event, &len);
        cr_assert_eq(decode(event_topic_of(event->kind), bytes, len, &again), REASON_NONE);
        cr_assert(first.content_hash.lo == again.content_hash.lo && first.content_hash.hi == again.content_hash.hi);
        event->revision++;
        bytes = encode(event, &len);
        cr_assert_eq(decode(event_topic_of(event->kind), bytes, len, &again), REASON_NONE);
        cr_assert(first.content_hash.lo != again.content_hash.lo && first.content_hash.hi != again.content_hash.hi);
    }
}

Test(wire, an_event_id_in_the_middle_is_left_out_of_the_hash_too)
{
    static struct written written;
    struct event event[2];
    static const char *const ids[] = {"\x0eone-id1", "\x12two-ids-2"};
    for (int i = 0; i < 2; i++) {
        write_event(&written, EVENT_ORDER,
                    &(struct change){.path = "Order.", .before = "{\"name\":\"x\",\"type\":\"int\"}", .before_bytes = RAW("\x04")});
        cr_assert(wire_decoder_add(decoder, EVENT_ORDER, 88, written.json, written.json_len, &err), "%s", err.text);
        uint8_t *bytes = arena_alloc(&arena, written.len + 64);
        size_t usual = 1 + 1 + strlen("event_id"), id = strlen(ids[i]);
        memcpy(bytes, "\0\0\0\0\x58\x04", 6);
        memcpy(bytes + 6, ids[i], id);
        memcpy(bytes + 6 + id, written.bytes + usual, written.len - usual);
        cr_assert_eq(decode(TOPIC_ORDERS, bytes, 6 + id + written.len - usual, &event[i]), REASON_NONE);
    }
    cr_assert(event[0].content_hash.lo == event[1].content_hash.lo && event[0].content_hash.hi == event[1].content_hash.hi);
}

Test(wire, hashes_by_hand_are_those_of_decoding)
{
    struct event event;
    size_t len = 0;
    for (uint64_t seed = 1; seed < 200; seed++) {
        struct event *hand = seed % 2 ? make_wild_order(&made, seed) : make_wild_spend(&made, seed);
        uint8_t *bytes = encode(hand, &len);
        cr_assert_eq(decode(event_topic_of(hand->kind), bytes, len, &event), REASON_NONE);
        event_hash_keys(hand);
        cr_assert_eq(hand->shop_hash, event.shop_hash);
        if (hand->kind == EVENT_ORDER) {
            cr_assert(!memcmp(&hand->order.order_hash, &event.order.order_hash, sizeof(struct hash128)));
            for (uint32_t i = 0; i < hand->order.line_count; i++)
                cr_assert_eq(hand->order.lines[i].sku_hash, event.order.lines[i].sku_hash);
        } else {
            cr_assert(!memcmp(&hand->ad_spend.row_hash, &event.ad_spend.row_hash, sizeof(struct hash128)));
        }
    }
}

/* They stand in databases: these values are for ever. */
Test(wire, hashes_do_not_change_from_version_to_version)
{
    struct event event = {.kind = EVENT_ORDER, .shop_id = {"shop-1", 6}};
    struct order_line line = {.platform_sku = {"sku-1", 5}};
    event.order = (struct order){.order_id = {"576512345678901234", 18}, .lines = &line, .line_count = 1};
    event_hash_keys(&event);
    cr_assert_eq(event.shop_hash, UINT64_C(0xe167a2904a1029cf));
    cr_assert_eq(event.order.order_hash.lo, UINT64_C(0x83c5c13885bbe501));
    cr_assert_eq(event.order.order_hash.hi, UINT64_C(0x54a5960b34173b17));
    cr_assert_eq(line.sku_hash, UINT64_C(0xde7c83fa11a4bfb7));
    struct event spend = {.kind = EVENT_AD_SPEND, .shop_id = {"shop-1", 6}};
    spend.ad_spend = (struct ad_spend){
        .platform = {"meta", 4}, .account_id = {"a", 1}, .campaign_id = {"c", 1}, .day = 19876, .hour = -1};
    event_hash_keys(&spend);
    cr_assert_eq(spend.ad_spend.row_hash.lo, UINT64_C(0xfccf29e0a7749ea7));
    cr_assert_eq(spend.ad_spend.row_hash.hi, UINT64_C(0x54f912a93d5403c8));
}

Test(wire, contents_of_every_length_hash_alike_on_every_machine)
{
    static uint8_t bytes[4096];
    made.state = 5;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)make_random(&made);
    for (size_t len = 0; len < sizeof bytes; len++) {
        const uint8_t *at = bytes + sizeof bytes - len;
        XXH128_hash_t hash = XXH3_128bits(at, len);
        struct hash128 any = fast_codec_any()->hash_content(at, len), best = fast_codec_best()->hash_content(at, len);
        cr_assert(any.lo == hash.low64 && any.hi == hash.high64, "any machine, %zu bytes", len);
        cr_assert(best.lo == hash.low64 && best.hi == hash.high64, "this machine, %zu bytes", len);
    }
}

Test(wire, neighbouring_texts_do_not_run_together_in_a_hash)
{
    struct event one = {.kind = EVENT_AD_SPEND, .shop_id = {"shop", 4}}, two = one;
    one.ad_spend = (struct ad_spend){.platform = {"ab", 2}, .account_id = {"c", 1}, .campaign_id = {"d", 1}};
    two.ad_spend = (struct ad_spend){.platform = {"a", 1}, .account_id = {"bc", 2}, .campaign_id = {"d", 1}};
    event_hash_keys(&one);
    event_hash_keys(&two);
    cr_assert(one.ad_spend.row_hash.lo != two.ad_spend.row_hash.lo && one.ad_spend.row_hash.hi != two.ad_spend.row_hash.hi);
}

Test(wire, the_ids_are_those_of_the_file)
{
    struct schema_ids ids;
    cr_assert(schema_ids_load(&ids, &err), "%s", err.text);
    cr_assert_eq(schema_ids_newest(&ids, EVENT_ORDER)->id, 1);
    cr_assert_str_eq(schema_ids_newest(&ids, EVENT_ORDER)->file->name, "order.avsc");
    cr_assert_eq(schema_ids_newest(&ids, EVENT_AD_SPEND)->id, 2);
    cr_assert_str_eq(schema_ids_newest(&ids, EVENT_AD_SPEND)->file->name, "ad_spend.avsc");
}
