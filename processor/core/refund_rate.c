#include "core/refund_rate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/bucket_clock.h"

enum side { SIDE_SOLD, SIDE_GIVEN_BACK, SIDE_COUNT };

#define DAYS_MAX (1u << 21) /* open ones, of all shops: one side may be years ahead of the other */
#define DAY_US_MAX (26 * US_PER_HOUR)
#define ROOM_MIN 4

struct day {
    int64_t start_us, end_us;
    int64_t seen_us[SIDE_COUNT]; /* how much of it the sides have told of */
    double sums[SIDE_COUNT];
};

/* One shop's, by its index in the table. */
struct shop_days {
    struct day *days; /* by start */
    uint32_t count, room;
    int64_t until_us[SIDE_COUNT]; /* end of the last bucket that was taken */
};

struct refund_rate {
    struct engine_config config;
    struct shop_table *shops;
    struct detector *detector;
    struct shop_days *by_shop;
    uint32_t shop_room, day_count;
    struct settled_until settled[SIDE_COUNT];
    int64_t judged_us; /* days that end at or before it are done */
    int64_t due_us;    /* derived: the earliest end of an open day */
    uint64_t steps;    /* buckets taken so far */
    uint64_t refused;  /* that found no room */
};

bool refund_rate_wanted(const struct detector_config *config)
{
    return config->metrics[METRIC_REFUND_RATE].enabled[DIMENSION_SHOP];
}

struct refund_rate *refund_rate_new(const struct engine_config *config)
{
    struct refund_rate *rate = calloc(1, sizeof *rate);
    if (!rate)
        return NULL;
    rate->config = *config;
    rate->shops = shop_table_new(config->shops_max);
    rate->detector = rate->shops ? detector_new(&config->detector, FEED_RATES, rate->shops) : NULL;
    rate->settled[SIDE_SOLD].at_us = rate->settled[SIDE_GIVEN_BACK].at_us = rate->judged_us = INT64_MIN;
    rate->due_us = INT64_MAX;
    if (rate->detector)
        return rate;
    refund_rate_free(rate);
    return NULL;
}

void refund_rate_free(struct refund_rate *rate)
{
    if (!rate)
        return;
    detector_free(rate->detector);
    shop_table_free(rate->shops);
    for (uint32_t i = 0; i < rate->shop_room; i++)
        free(rate->by_shop[i].days);
    free(rate->by_shop);
    free(rate);
}

static struct shop_days *days_of(struct refund_rate *rate, uint32_t index)
{
    if (index < rate->shop_room)
        return &rate->by_shop[index];
    uint32_t room = rate->shop_room ? rate->shop_room : 64;
    while (room <= index)
        room *= 2;
    struct shop_days *larger = realloc(rate->by_shop, room * sizeof *larger);
    if (!larger)
        return NULL;
    rate->by_shop = larger;
    for (; rate->shop_room < room; rate->shop_room++)
        larger[rate->shop_room] = (struct shop_days){.until_us = {INT64_MIN, INT64_MIN}};
    return &larger[index];
}

static bool has_room(struct shop_days *shop)
{
    if (shop->count < shop->room)
        return true;
    uint32_t room = shop->room ? shop->room * 2 : ROOM_MIN;
    struct day *larger = realloc(shop->days, room * sizeof *larger);
    if (!larger)
        return false;
    shop->days = larger;
    shop->room = room;
    return true;
}

/* The day of that span; a new one where it is not open yet. NULL where there is no room. */
static struct day *open_day(struct refund_rate *rate, struct shop_days *shop, struct bucket_span span)
{
    uint32_t at = shop->count;
    while (at && shop->days[at - 1].start_us > span.start_us)
        at--;
    if (at && shop->days[at - 1].start_us == span.start_us)
        return &shop->days[at - 1];
    if (rate->day_count >= DAYS_MAX || !has_room(shop))
        return NULL;
    memmove(&shop->days[at + 1], &shop->days[at], (shop->count - at) * sizeof *shop->days);
    shop->days[at] = (struct day){.start_us = span.start_us, .end_us = span.end_us};
    shop->count++;
    rate->day_count++;
    rate->due_us = span.end_us < rate->due_us ? span.end_us : rate->due_us;
    return &shop->days[at];
}

/* A side's time has gone back: what it told of days to come is not so. */
static void begin_era(struct refund_rate *rate, enum side side, uint32_t era)
{
    rate->settled[side] = (struct settled_until){INT64_MIN, era};
    for (uint32_t i = 0; i < rate->shop_room; i++) {
        struct shop_days *shop = &rate->by_shop[i];
        shop->until_us[side] = INT64_MIN;
        for (uint32_t d = 0; d < shop->count; d++) {
            shop->days[d].seen_us[side] = 0;
            shop->days[d].sums[side] = 0;
        }
    }
}

void refund_rate_take(struct refund_rate *rate, const struct settled_fact *settled)
{
    enum side side = settled->given_back ? SIDE_GIVEN_BACK : SIDE_SOLD;
    if (settled->era > rate->settled[side].era)
        begin_era(rate, side, settled->era);
    struct shop *shop = shop_table_get(rate->shops, settled->shop->id, settled->shop->hash, rate->config.policy_of, rate->config.policy_ctx);
    struct shop_days *days = shop ? days_of(rate, shop->index) : NULL;
    rate->refused += !days;
    if (!days || settled->era < rate->settled[side].era || settled->end_us <= days->until_us[side])
        return;
    days->until_us[side] = settled->end_us;
    rate->steps++;
    struct bucket_span span = bucket_span_at(shop->policy->zone, WIDTH_DAY, settled->start_us);
    if (span.end_us <= rate->judged_us)
        return;
    struct day *day = open_day(rate, days, span);
    rate->refused += !day;
    if (!day)
        return;
    day->seen_us[side] += settled->end_us - settled->start_us;
    day->sums[side] += settled->sum;
}

/* A day that both sides have settled. */
struct due_day {
    struct day day;
    struct shop *shop;
};

static int compare_due(const void *a, const void *b)
{
    const struct due_day *left = a, *right = b;
    if (left->day.end_us != right->day.end_us)
        return left->day.end_us < right->day.end_us ? -1 : 1;
    return text_compare(left->shop->id, right->shop->id);
}

/* Takes the days that end until then out of the shop's. */
static size_t take_due(struct refund_rate *rate, uint32_t index, int64_t until_us, struct due_day *ret_due)
{
    struct shop_days *shop = &rate->by_shop[index];
    uint32_t count = 0;
    while (count < shop->count && shop->days[count].end_us <= until_us) {
        ret_due[count] = (struct due_day){shop->days[count], shop_table_at(rate->shops, index)};
        count++;
    }
    shop->count -= count;
    memmove(shop->days, shop->days + count, shop->count * sizeof *shop->days);
    rate->day_count -= count;
    if (shop->count && shop->days[0].end_us < rate->due_us)
        rate->due_us = shop->days[0].end_us;
    return count;
}

static bool is_whole(const struct day *day)
{
    int64_t long_us = day->end_us - day->start_us;
    return day->seen_us[SIDE_SOLD] == long_us && day->seen_us[SIDE_GIVEN_BACK] == long_us;
}

static void judge(struct refund_rate *rate, const struct due_day *due, struct origin origin, struct facts *facts)
{
    const struct key key = {.dimension = DIMENSION_SHOP, .shop = due->shop, .text = {"", 0}};
    const double sums[PART_COUNT] = {[PART_EVENTS] = 1,
                                     [PART_GROSS] = due->day.sums[SIDE_SOLD],
                                     [PART_REFUNDED] = due->day.sums[SIDE_GIVEN_BACK]};
    if (!is_whole(&due->day))
        return;
    if (detector_settled_until(rate->detector).at_us < due->day.start_us)
        (void)detector_advance(rate->detector, due->day.start_us, true, origin, facts);
    struct key_record *record = detector_key(rate->detector, &key, due->day.start_us);
    if (record)
        detector_add(rate->detector, DIMENSION_SHOP, record, due->day.start_us, sums, origin, facts);
}

/* Shop after shop, day after day: a day ends when all shops' that end with it are in. */
static void judge_until(struct refund_rate *rate, int64_t until_us, struct origin origin, struct facts *facts)
{
    struct due_day *due = malloc((rate->day_count + 1) * sizeof *due);
    size_t count = 0;
    if (!due)
        return; /* with the next one */
    rate->due_us = INT64_MAX;
    for (uint32_t i = 0; i < rate->shop_room; i++)
        count += rate->by_shop[i].count ? take_due(rate, i, until_us, due + count) : 0;
    qsort(due, count, sizeof *due, compare_due);
    for (size_t i = 0; i < count; i++) {
        judge(rate, &due[i], origin, facts);
        bool last = i + 1 == count || due[i + 1].day.end_us != due[i].day.end_us;
        if (last && detector_settled_until(rate->detector).at_us < due[i].day.end_us)
            (void)detector_advance(rate->detector, due[i].day.end_us, true, origin, facts);
    }
    free(due);
    rate->judged_us = until_us;
}

void refund_rate_reach(struct refund_rate *rate, bool given_back, struct settled_until until, struct origin origin, struct facts *facts)
{
    enum side side = given_back ? SIDE_GIVEN_BACK : SIDE_SOLD;
    struct settled_until *settled = &rate->settled[side];
    if (until.era > settled->era)
        begin_era(rate, side, until.era);
    if (until.era < settled->era || until.at_us <= settled->at_us)
        return;
    settled->at_us = until.at_us;
    const struct settled_until *other = &rate->settled[!side];
    int64_t both_us = until.at_us < other->at_us ? until.at_us : other->at_us;
    if (both_us != INT64_MIN && rate->judged_us != INT64_MIN && both_us < rate->judged_us - DAY_US_MAX) { /* both have gone back */
        detector_turn_back(rate->detector, both_us, origin, facts);
        rate->judged_us = both_us;
    }
    if (both_us >= rate->due_us)
        judge_until(rate, both_us, origin, facts);
}

void refund_rate_set_policies(struct refund_rate *rate, const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id),
                              void *policy_ctx)
{
    rate->config.policy_of = policy_of;
    rate->config.policy_ctx = policy_ctx;
    shop_table_set_policies(rate->shops, policy_of, policy_ctx);
}

bool refund_rate_is_newer(const struct refund_rate *a, const struct refund_rate *b)
{
    return a->steps > b->steps;
}

void refund_rate_count(const struct refund_rate *rate, struct detector_counters *ret_counters)
{
    *ret_counters = *detector_counters(rate->detector);
    ret_counters->keys_refused += rate->refused;
}

/* Times of before 2000 or after 2100 would lead out of the tables of zones. */
#define TIME_US_MIN INT64_C(945648000000000) /* and some days, for what is late and for zones */
#define TIME_US_MAX INT64_C(4103049600000000)

enum section { SECTION_SHOPS = 32, SECTION_DETECTOR };
#define VERSION 1
#define SHOP_BYTES_MIN 38 /* of a shop in a snapshot: hash, id, two times, days */

struct saving {
    const struct refund_rate *rate;
    struct snapshot_writer *writer;
};

static void save_shop(void *ctx, struct shop *shop)
{
    static const struct shop_days none = {.until_us = {INT64_MIN, INT64_MIN}};
    const struct refund_rate *rate = ((const struct saving *)ctx)->rate;
    struct snapshot_writer *writer = ((const struct saving *)ctx)->writer;
    const struct shop_days *days = shop->index < rate->shop_room ? &rate->by_shop[shop->index] : &none;
    snapshot_put_u64(writer, shop->hash);
    snapshot_put_text(writer, shop->id);
    snapshot_put_i64(writer, days->until_us[SIDE_SOLD]);
    snapshot_put_i64(writer, days->until_us[SIDE_GIVEN_BACK]);
    snapshot_put_records(writer, days->days, days->count, sizeof *days->days);
}

void refund_rate_save(const struct refund_rate *rate, struct snapshot_writer *writer)
{
    snapshot_open_section(writer, SECTION_SHOPS, VERSION);
    snapshot_put_u64(writer, rate->steps);
    snapshot_put_i64(writer, rate->judged_us);
    for (int side = 0; side < SIDE_COUNT; side++) {
        snapshot_put_i64(writer, rate->settled[side].at_us);
        snapshot_put_u32(writer, rate->settled[side].era);
    }
    snapshot_put_u32(writer, shop_table_count(rate->shops));
    struct saving saving = {rate, writer};
    shop_table_each(rate->shops, save_shop, &saving);
    snapshot_close_section(writer);
    snapshot_open_section(writer, SECTION_DETECTOR, VERSION);
    detector_save(rate->detector, writer);
    snapshot_close_section(writer);
}

static bool is_time(int64_t at_us)
{
    return at_us >= TIME_US_MIN && at_us <= TIME_US_MAX;
}

static bool is_time_or_none(int64_t at_us)
{
    return at_us == INT64_MIN || is_time(at_us);
}

static bool day_fits(const struct day *day, int64_t after_us)
{
    bool fits = is_time(day->start_us) && day->start_us >= after_us && day->end_us > day->start_us && day->end_us - day->start_us <= DAY_US_MAX;
    for (int side = 0; side < SIDE_COUNT; side++)
        fits &= day->seen_us[side] >= 0 && day->seen_us[side] <= DAY_US_MAX && isfinite(day->sums[side]);
    return fits;
}

static bool load_days(struct refund_rate *rate, struct shop_days *shop, struct snapshot_reader *reader)
{
    size_t count;
    const uint8_t *bytes = snapshot_take_records(reader, sizeof *shop->days, DAYS_MAX, &count);
    if (reader->failed || !count)
        return !reader->failed;
    shop->days = malloc(count * sizeof *shop->days);
    if (!shop->days)
        return false;
    memcpy(shop->days, bytes, count * sizeof *shop->days);
    shop->count = shop->room = (uint32_t)count;
    rate->day_count += shop->count;
    rate->due_us = shop->days[0].end_us < rate->due_us ? shop->days[0].end_us : rate->due_us;
    bool fits = rate->day_count <= DAYS_MAX;
    for (size_t i = 0; i < count; i++)
        fits &= day_fits(&shop->days[i], i ? shop->days[i - 1].end_us : TIME_US_MIN);
    return fits;
}

static bool load_shop(struct refund_rate *rate, uint32_t index, struct snapshot_reader *reader)
{
    uint64_t hash = snapshot_take_u64(reader);
    struct text id = snapshot_take_text(reader);
    if (reader->failed || !id.ptr)
        return false;
    const struct shop *shop = shop_table_get(rate->shops, id, hash, rate->config.policy_of, rate->config.policy_ctx);
    struct shop_days *days = shop && shop->index == index ? days_of(rate, index) : NULL;
    if (!days)
        return false;
    days->until_us[SIDE_SOLD] = snapshot_take_i64(reader);
    days->until_us[SIDE_GIVEN_BACK] = snapshot_take_i64(reader);
    return is_time_or_none(days->until_us[SIDE_SOLD]) && is_time_or_none(days->until_us[SIDE_GIVEN_BACK]) && load_days(rate, days, reader);
}

static bool load_head(struct refund_rate *rate, struct snapshot_reader *reader)
{
    snapshot_read_section(reader, SECTION_SHOPS, VERSION);
    rate->steps = snapshot_take_u64(reader);
    rate->judged_us = snapshot_take_i64(reader);
    bool fits = is_time_or_none(rate->judged_us);
    for (int side = 0; side < SIDE_COUNT; side++) {
        rate->settled[side].at_us = snapshot_take_i64(reader);
        rate->settled[side].era = snapshot_take_u32(reader);
        fits &= is_time_or_none(rate->settled[side].at_us);
    }
    return fits && !reader->failed;
}

static bool load(struct refund_rate *rate, struct snapshot_reader *reader)
{
    if (!load_head(rate, reader))
        return false;
    uint32_t count = snapshot_take_count(reader, SHOP_BYTES_MIN, rate->config.shops_max);
    for (uint32_t i = 0; i < count; i++)
        if (!load_shop(rate, i, reader))
            return false;
    snapshot_read_section(reader, SECTION_DETECTOR, VERSION);
    return detector_restore(rate->detector, reader) && snapshot_complete(reader);
}

struct refund_rate *refund_rate_load(const struct engine_config *config, struct snapshot_reader *reader)
{
    struct refund_rate *rate = refund_rate_new(config);
    if (rate && load(rate, reader))
        return rate;
    refund_rate_free(rate);
    return NULL;
}
