#include "support/order_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire.h"
#include "support/sample.h"

#define RECORD_BYTES_MAX 512
#define SKUS 40
#define DAY_US INT64_C(86400000000)

struct maker {
    struct order_stream *stream;
    struct wire_encoder *encoder;
    uint32_t random;
    size_t used_bytes;
};

static uint32_t next_random(struct maker *maker, uint32_t below)
{
    maker->random = maker->random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(maker->random >> 4) * below) >> 28);
}

static void *must(void *memory)
{
    if (!memory) {
        (void)fprintf(stderr, "order_stream: out of memory\n");
        abort();
    }
    return memory;
}

static void append(struct maker *maker, const char *shop, const uint8_t *value, size_t len, uint32_t partition)
{
    struct order_stream *stream = maker->stream;
    uint8_t *at = stream->bytes + maker->used_bytes;
    size_t key_len = strlen(shop);
    memcpy(at, shop, key_len);
    memcpy(at + key_len, value, len);
    maker->used_bytes += key_len + len;
    struct scripted_log *log = &stream->logs[partition];
    stream->records[partition][log->count] = (struct record){
        .offset = (int64_t)log->count, .timestamp_us = -1, .key = at, .key_len = key_len, .value = at + key_len, .value_len = len};
    log->count++;
    stream->record_count++;
}

static void fill_line(struct maker *maker, struct order_line *line, const char *id, char *sku, size_t room)
{
    static const char *const categories[] = {"beauty", "home", "apparel", "toys"};
    uint32_t number = next_random(maker, SKUS);
    (void)snprintf(sku, room, "SKU-%06u", 100000 + number);
    *line = (struct order_line){.line_id = text_of(id),
                                .platform_sku = text_of(sku),
                                .product_name = text_of("Linen tea towel"),
                                .category = text_of(categories[number % 4]),
                                .quantity = 1 + next_random(maker, 3),
                                .unit_list_minor = 999 + 250 * (int64_t)number,
                                .tax_minor = 87};
    line->seller_discount_minor = next_random(maker, 4) ? 0 : line->unit_list_minor / 10;
}

static void make_order(struct maker *maker, uint32_t number, uint32_t orders)
{
    struct order_line lines[2];
    char shop[24], id[24], skus[2][16], line_ids[2][24], buyer[40];
    uint32_t shop_number = next_random(maker, STREAM_SHOPS);
    (void)snprintf(shop, sizeof shop, "shop-%u", shop_number);
    (void)snprintf(id, sizeof id, "5769%014u", number);
    (void)snprintf(buyer, sizeof buyer, "%08x%08x%08x", next_random(maker, 1u << 27), number, shop_number);
    struct event event = sample_order(shop, id, lines, 2);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(line_ids[i], sizeof line_ids[i], "%u-%d", number, i + 1);
        fill_line(maker, &lines[i], line_ids[i], skus[i], sizeof skus[i]);
    }
    event.order.created_at_us = SAMPLE_TIME_US + (int64_t)((double)number / orders * STREAM_DAYS * (double)DAY_US);
    event.order.paid_at_us = event.occurred_at_us = event.revision = event.order.created_at_us + 60000000;
    event.event_id = text_of(id);
    event.order.buyer_key = text_of(buyer);
    event.order.payment_method = text_of("card");
    event.order.channel = text_of("affiliate");
    event.order.shipping_list_minor = event.order.shipping_paid_minor = 599;
    event.order.tax_minor = 174;
    if (next_random(maker, 2)) {
        event.order.affiliate = (struct affiliate){.creator = text_of("creator.of.videos"),
                                                   .content_type = text_of("video"),
                                                   .rate_ppm = 120000,
                                                   .shop_ads_rate_ppm = -1,
                                                   .actual_commission_minor = EVENT_ABSENT};
    }
    const uint8_t *bytes;
    size_t len;
    struct err err = {0};
    if (!wire_encode(maker->encoder, &event, &bytes, &len, &err)) {
        (void)fprintf(stderr, "order_stream: %s\n", err.text);
        abort();
    }
    append(maker, shop, bytes, len, shop_number % STREAM_PARTITIONS);
    if (number % 100 == 99)
        append(maker, shop, bytes, len, shop_number % STREAM_PARTITIONS);
}

void order_stream_make(struct order_stream *ret_stream, const char *topic, uint32_t orders, uint32_t seed)
{
    struct err err = {0};
    *ret_stream = (struct order_stream){.bytes = must(malloc((size_t)orders * RECORD_BYTES_MAX))};
    struct maker maker = {.stream = ret_stream, .encoder = must(wire_encoder_new(&err)), .random = seed};
    for (int32_t i = 0; i < STREAM_PARTITIONS; i++) {
        ret_stream->records[i] = must(calloc(orders + orders / 50 + 100, sizeof **ret_stream->records));
        ret_stream->logs[i] = (struct scripted_log){.topic = topic, .partition = i, .records = ret_stream->records[i]};
    }
    for (uint32_t number = 0; number < orders; number++)
        make_order(&maker, number, orders);
    wire_encoder_free(maker.encoder);
}

void order_stream_done(struct order_stream *stream)
{
    for (int i = 0; i < STREAM_PARTITIONS; i++)
        free(stream->records[i]);
    free(stream->bytes);
}
