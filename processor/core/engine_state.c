/*
 * The engine's state in a snapshot. A section per part, each with a version of its own: who changes what a section holds
 * gives it the next one, and snapshots of before are refused (the log is then read again).
 */
#include "core/engine_internal.h"
#include "core/mix.h"

enum section { SECTION_ENGINE = 1, SECTION_SHOPS, SECTION_RECENT, SECTION_SPEND_ROWS, SECTION_DETECTOR /* + feed */ };
enum version { VERSION_ENGINE = 1, VERSION_SHOPS = 1, VERSION_RECENT = 1, VERSION_SPEND_ROWS = 1, VERSION_DETECTOR = 1 };

#define SHOP_BYTES_MIN 18 /* of a shop in a snapshot: hash, scale, three texts */

static void save_shop(const struct shop *shop, struct snapshot_writer *writer)
{
    snapshot_put_u64(writer, shop->hash);
    snapshot_put_text(writer, shop->id);
    snapshot_put_text(writer, text_of(shop->currency));
    snapshot_put_u32(writer, (uint32_t)shop->amount_scale);
    snapshot_put_text(writer, shop->platform);
    snapshot_put_text(writer, shop->market);
}

/* In the order of their numbers, which keys refer to them by. */
static void save_shops(const struct shop_table *shops, struct snapshot_writer *writer)
{
    snapshot_put_u32(writer, shop_table_count(shops));
    for (uint32_t i = 0; i < shop_table_count(shops); i++)
        save_shop(shop_table_at(shops, i), writer);
}

void engine_save(const struct engine *engine, struct snapshot_writer *writer)
{
    snapshot_open_section(writer, SECTION_ENGINE, VERSION_ENGINE);
    snapshot_put_u32(writer, engine->from_start);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_SHOPS, VERSION_SHOPS);
    save_shops(engine->shops, writer);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_RECENT, VERSION_RECENT);
    recent_orders_save(engine->recent, writer);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_SPEND_ROWS, VERSION_SPEND_ROWS);
    spend_memory_save(&engine->spend_rows, writer);
    snapshot_close_section(writer);

    for (int feed = 0; feed < FEED_COUNT; feed++) {
        snapshot_open_section(writer, SECTION_DETECTOR + (uint32_t)feed, VERSION_DETECTOR);
        detector_save(engine->detectors[feed], writer);
        snapshot_close_section(writer);
    }
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

static bool load_detectors(struct engine *engine, struct snapshot_reader *reader)
{
    for (int feed = 0; feed < FEED_COUNT; feed++) {
        snapshot_read_section(reader, SECTION_DETECTOR + (uint32_t)feed, VERSION_DETECTOR);
        if (!detector_restore(engine->detectors[feed], reader))
            return false;
    }
    return true;
}

static bool load(struct engine *engine, struct snapshot_reader *reader)
{
    snapshot_read_section(reader, SECTION_ENGINE, VERSION_ENGINE);
    uint32_t from_start = snapshot_take_u32(reader);
    engine->from_start = from_start == 1;
    if (from_start > 1 || !load_shops(engine, reader))
        return false;
    snapshot_read_section(reader, SECTION_RECENT, VERSION_RECENT);
    if (!recent_orders_restore(engine->recent, reader))
        return false;
    snapshot_read_section(reader, SECTION_SPEND_ROWS, VERSION_SPEND_ROWS);
    return spend_memory_restore(&engine->spend_rows, reader) && load_detectors(engine, reader) && snapshot_complete(reader);
}

struct engine *engine_load(const struct engine_config *config, struct snapshot_reader *reader)
{
    struct engine *engine = engine_new(config, false);
    if (engine && load(engine, reader))
        return engine;
    engine_free(engine);
    return NULL;
}

uint64_t engine_fingerprint(const struct engine_config *config)
{
    return mix_fold(detector_fingerprint(&config->detector), config->memory_orders | UINT64_C(1) << 32);
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
