/*
 * The engine's state in a snapshot. A section per part, each with a version of its own: who changes what a section holds
 * gives it the next one, and snapshots of before are refused (the log is then read again).
 */
#include <string.h>

#include "core/engine_internal.h"
#include "core/mix.h"

enum section { SECTION_ENGINE = 1, SECTION_SHOPS, SECTION_RECENT, SECTION_SPEND_ROWS, SECTION_DETECTORS /* and one per feed */ };
enum version { VERSION_ENGINE = 2, VERSION_SHOPS = 1, VERSION_RECENT = 1, VERSION_SPEND_ROWS = 1, VERSION_DETECTOR = 2 };

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
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_SHOPS, VERSION_SHOPS);
    snapshot_put_u32(writer, shop_table_count(engine->shops));
    shop_table_each(engine->shops, save_shop, writer);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_RECENT, VERSION_RECENT);
    recent_orders_save(engine->recent, writer);
    snapshot_close_section(writer);

    snapshot_open_section(writer, SECTION_SPEND_ROWS, VERSION_SPEND_ROWS);
    spend_memory_save(&engine->spend_rows, writer);
    snapshot_close_section(writer);

    for (int feed = 0; feed < FEED_LANES; feed++) {
        snapshot_open_section(writer, SECTION_DETECTORS + (uint32_t)feed, VERSION_DETECTOR);
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
    for (int feed = 0; feed < FEED_LANES; feed++) {
        snapshot_read_section(reader, SECTION_DETECTORS + (uint32_t)feed, VERSION_DETECTOR);
        if (!detector_restore(engine->detectors[feed], reader))
            return false;
    }
    return true;
}

static bool load_spend_rows(struct engine *engine, struct snapshot_reader *reader)
{
    snapshot_read_section(reader, SECTION_SPEND_ROWS, VERSION_SPEND_ROWS);
    return spend_memory_restore(&engine->spend_rows, reader);
}

static bool load(struct engine *engine, struct snapshot_reader *reader)
{
    snapshot_read_section(reader, SECTION_ENGINE, VERSION_ENGINE);
    uint32_t from_start = snapshot_take_u32(reader);
    engine->from_start = from_start == 1;
    if (from_start > 1 || !load_shops(engine, reader))
        return false;
    snapshot_read_section(reader, SECTION_RECENT, VERSION_RECENT);
    return recent_orders_restore(engine->recent, reader) && load_spend_rows(engine, reader) && load_detectors(engine, reader) &&
           snapshot_complete(reader);
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

/* A setting that is added changes what the statistics are: it belongs into the fingerprint, and then its struct's size here. */
_Static_assert(sizeof(struct scorer_config) == 112 && sizeof(struct gate_config) == 48 && sizeof(struct profile_pace) == 24,
               "every setting is in the fingerprint");
_Static_assert(sizeof(struct detector_config) == 32 + METRIC_COUNT * sizeof(struct detector_metric_config) &&
                   sizeof(struct detector_metric_config) == 8 + 112 + 48 + 8,
               "every setting is in the fingerprint");

static void mix_scorer(struct mix *mix, const struct scorer_config *of)
{
    mix_two(mix, (uint64_t)of->method << 32 | of->scale, (uint64_t)of->window << 32 | of->warm_up);
    mix_two(mix, (uint64_t)of->span << 32 | of->long_span, (uint64_t)of->memory << 32 | of->pace.in_proportion);
    mix_double(mix, of->pace.hour, of->pace.weekday);
    mix_double(mix, of->clip_sd, of->floor_relative);
    mix_double(mix, of->floor_unit, of->last_z);
    mix_double(mix, of->mean_z, of->tail_pace);
    mix_double(mix, of->long_z, 0);
}

static void mix_gate(struct mix *mix, const struct gate_config *of)
{
    mix_two(mix, of->direction, (uint64_t)of->refractory_us);
    mix_two(mix, of->settle_after, of->rearm_after);
    mix_double(mix, of->rearm, of->min_relative);
    mix_double(mix, of->min_absolute, 0);
}

uint64_t engine_fingerprint(const struct engine_config *config)
{
    const struct detector_config *detector = &config->detector;
    struct mix mix;
    mix_init(&mix, config->memory_orders);
    mix_two(&mix, (uint64_t)detector->lateness_us, (uint64_t)detector->spend_lateness_us);
    mix_two(&mix, (uint64_t)detector->forget_after_us, (uint64_t)detector->keys_max << 32 | detector->min_events);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const struct detector_metric_config *of = &detector->metrics[metric];
        uint64_t enabled = 0;
        for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
            enabled |= (uint64_t)of->enabled[dimension] << dimension;
        mix_two(&mix, METRIC_COUNT, enabled);
        mix_double(&mix, of->alert_z, 0);
        mix_scorer(&mix, &of->scorer);
        mix_gate(&mix, &of->gate);
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
