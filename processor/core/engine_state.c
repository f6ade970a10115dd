/*
 * The engine's state in a snapshot. A section per part, each with a version of its own: who changes what a section holds
 * gives it the next one, and snapshots of before are refused (the log is then read again).
 */
#include <string.h>

#include "core/engine_internal.h"
#include "core/mix.h"

enum section { SECTION_ENGINE = 1, SECTION_SHOPS, SECTION_RECENT, SECTION_ORDER_SERIES, SECTION_SPEND_SERIES };
enum version { VERSION_ENGINE = 1, VERSION_SHOPS = 1, VERSION_RECENT = 1, VERSION_SERIES = 1 };

#define SHOP_BYTES_MIN 18 /* of a shop in a snapshot: hash, scale, three texts */

static void save_shop(void *ctx, struct shop *shop)
{
    struct snapshot_writer *writer = ctx;
    snapshot_put_u64(writer, shop->hash);
    snapshot_put_text(writer, shop->id);
    snapshot_put_text(writer, text_of(shop->currency));
    snapshot_put_u32(writer, (uint32_t)shop->amount_scale);
    snapshot_put_text(writer, shop->platform);
    snapshot_put_text(writer, shop->market);
}

void engine_save(const struct engine *engine, struct snapshot_writer *writer)
{
    snapshot_open_section(writer, SECTION_ENGINE, VERSION_ENGINE);
    snapshot_put_u32(writer, engine->from_start);
    snapshot_put_i64(writer, engine->order_watermark_us);
    snapshot_put_i64(writer, engine->spend_watermark_us);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_SHOPS, VERSION_SHOPS);
    snapshot_put_u32(writer, shop_table_count(engine->shops));
    shop_table_each(engine->shops, save_shop, writer);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_RECENT, VERSION_RECENT);
    recent_orders_save(engine->recent, writer);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_ORDER_SERIES, VERSION_SERIES);
    detector_save(engine->order_detector, writer);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_SPEND_SERIES, VERSION_SERIES);
    detector_save(engine->spend_detector, writer);
    snapshot_close_section(writer);
}

static bool load_shop(struct engine *engine, struct snapshot_reader *reader)
{
    const struct engine_config *config = &engine->config;
    uint64_t hash = snapshot_take_u64(reader);
    struct text id = snapshot_take_text(reader), currency = snapshot_take_text(reader);
    int32_t amount_scale = (int32_t)snapshot_take_u32(reader);
    struct text platform = snapshot_take_text(reader), market = snapshot_take_text(reader);
    if (reader->failed || !id.ptr)
        return false;
    struct shop *shop = shop_table_get(engine->shops, id, hash, config->policy_of, config->policy_ctx);
    return shop && shop_learn(shop, currency, amount_scale, platform, market);
}

static bool load_shops(struct engine *engine, struct snapshot_reader *reader)
{
    snapshot_read_section(reader, SECTION_SHOPS, VERSION_SHOPS);
    uint32_t count = snapshot_take_count(reader, SHOP_BYTES_MIN, engine->config.shops_max);
    for (uint32_t i = 0; i < count; i++)
        if (!load_shop(engine, reader))
            return false;
    return shop_table_count(engine->shops) == count;
}

static const struct shop *known_shop(void *ctx, struct text id, uint64_t hash)
{
    struct engine *engine = ctx;
    return shop_table_get(engine->shops, id, hash, engine->config.policy_of, engine->config.policy_ctx);
}

static bool load_series(struct engine *engine, enum section section, struct detector *detector, struct snapshot_reader *reader)
{
    snapshot_read_section(reader, section, VERSION_SERIES);
    return detector_restore(detector, reader, known_shop, engine);
}

static bool load(struct engine *engine, struct snapshot_reader *reader)
{
    snapshot_read_section(reader, SECTION_ENGINE, VERSION_ENGINE);
    uint32_t from_start = snapshot_take_u32(reader);
    engine->from_start = from_start == 1;
    engine->order_watermark_us = snapshot_take_i64(reader);
    engine->spend_watermark_us = snapshot_take_i64(reader);
    if (from_start > 1 || !load_shops(engine, reader))
        return false;
    snapshot_read_section(reader, SECTION_RECENT, VERSION_RECENT);
    return recent_orders_restore(engine->recent, reader) &&
           load_series(engine, SECTION_ORDER_SERIES, engine->order_detector, reader) &&
           load_series(engine, SECTION_SPEND_SERIES, engine->spend_detector, reader) && snapshot_complete(reader);
}

struct engine *engine_load(const struct engine_config *config, struct snapshot_reader *reader)
{
    struct engine *engine = engine_new(config, false);
    if (engine && load(engine, reader))
        return engine;
    engine_free(engine);
    return NULL;
}

static void mix_double(struct mix *mix, double a, double b)
{
    uint64_t bits[2];
    memcpy(&bits[0], &a, sizeof a);
    memcpy(&bits[1], &b, sizeof b);
    mix_two(mix, bits[0], bits[1]);
}

uint64_t engine_fingerprint(const struct engine_config *config)
{
    struct mix mix;
    mix_init(&mix, config->memory_orders);
    mix_two(&mix, (uint64_t)config->detector.lateness_us, (uint64_t)config->detector.keys_max << 32 | METRIC_COUNT);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const struct detector_metric_config *of = &config->detector.metrics[metric];
        mix_double(&mix, of->warn_z, of->alert_z);
        mix_double(&mix, of->floor_relative, of->floor_unit);
        mix_two(&mix, (uint64_t)of->window << 32 | of->warm_up, of->enabled);
    }
    return mix_end(&mix);
}

bool engine_remembers(enum event_topic topic)
{
    switch (topic) {
    case TOPIC_ORDERS:
    case TOPIC_AD_SPEND:
    case TOPIC_REFUNDS:
        return true;
    case TOPIC_SETTLEMENTS:
    case TOPIC_CATALOG:
    case TOPIC_COUNT:
        break;
    }
    return false;
}
