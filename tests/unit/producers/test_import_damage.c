/*
 * Damaged exports: bytes of the fixtures altered at random, and files that break off anywhere. Whatever comes, an import ends in an error
 * with a place or a reason, or in events that can be read again; the sanitizers watch.
 */
#include <stdlib.h>

#include "import_check.h"
#include "producers/import_totals.h"

#define FIXTURES SOURCE_DIR "/tests/fixtures/"
#define FILE_BYTES_MAX 32768
#define ROUNDS 3000

static const struct zone utc = {.count = 1, .change_us = {INT64_MIN}};
static const struct import_settings settings = {
    .shop_id = {"shop-1", 6}, .market = {"US", 2}, .currency = {"USD", 3}, .amount_scale = 2, .zone = &utc};

struct sample {
    size_t count;
    char bytes[8][FILE_BYTES_MAX];
    size_t sizes[8];
};

static void load(struct sample *sample, const char *const *paths)
{
    for (sample->count = 0; paths[sample->count]; sample->count++) {
        FILE *file = fopen(paths[sample->count], "rb");
        cr_assert_not_null(file, "%s", paths[sample->count]);
        sample->sizes[sample->count] = fread(sample->bytes[sample->count], 1, FILE_BYTES_MAX - 8, file);
        sample->bytes[sample->count][sample->sizes[sample->count]] = 0;
        cr_assert_eq(fclose(file), 0);
    }
}

static uint32_t random_number(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* One to four bytes become others: most of them such as mean something to a reader. */
static void damage(struct sample *sample, uint64_t *state)
{
    static const char telling[] = ",\"\n\r\t\\.-E+0199 /:\xff\xc3;#";
    for (uint32_t i = random_number(state) % 4 + 1; i; i--) {
        size_t file = random_number(state) % sample->count, at = random_number(state) % sample->sizes[file];
        sample->bytes[file][at] = telling[random_number(state) % (sizeof telling - 1)];
    }
}

static bool is_read_again(const struct import_format *format, void *import, struct wire_encoder *encoder, struct wire_decoder *decoder)
{
    bool good = true;
    struct arena arena;
    struct err err = {0};
    arena_init(&arena);
    for (uint64_t i = 0; good && i < format->count(import); i++) {
        const struct event *event = format->event(import, i);
        const uint8_t *bytes;
        size_t len;
        struct event again;
        good = wire_encode(encoder, event, &bytes, &len, &err) &&
               wire_decode(decoder, event_topic_of(event->kind), NULL, 0, bytes, len, &arena, &again) == REASON_NONE;
    }
    arena_done(&arena);
    return good;
}

/* Whether the import ended well. */
static bool try(const struct import_format *format, const struct sample *sample, struct wire_encoder *encoder, struct wire_decoder *decoder)
{
    const char *files[9] = {0};
    struct import_totals totals;
    struct err err = {0};
    for (size_t i = 0; i < sample->count; i++)
        files[i] = sample->bytes[i];
    void *import = import_texts(format, &settings, files, &err);
    if (import && import_totals_make(format, import, settings.zone, &totals, &err))
        cr_assert(is_read_again(format, import, encoder, decoder));
    else
        cr_assert(err.text[0] && err.exit_code == EXIT_CODE_DATA, "%s", err.text);
    format->close(import);
    return import != NULL;
}

static void damage_all(const struct import_format *format, const char *const *paths)
{
    static struct sample good, damaged;
    struct err err = {0};
    struct wire_encoder *encoder = wire_encoder_new(&err);
    struct wire_decoder *decoder = wire_decoder_new(&err);
    uint64_t state = 20240319;
    int passed = 0;
    load(&good, paths);
    cr_assert(try(format, &good, encoder, decoder), "%s", format->name);
    for (int round = 0; round < ROUNDS; round++) {
        damaged = good;
        damage(&damaged, &state);
        passed += try(format, &damaged, encoder, decoder);
    }
    cr_assert(passed > 0 && passed < ROUNDS, "%d of %d", passed, ROUNDS);
    for (size_t len = 0; len < good.sizes[0]; len += 7) {
        damaged = good;
        damaged.bytes[0][len] = 0;
        (void)try(format, &damaged, encoder, decoder);
    }
    wire_encoder_free(encoder);
    wire_decoder_free(decoder);
}

Test(import_damage, of_olist_files_is_refused_or_read)
{
    damage_all(&import_olist, (const char *const[]){FIXTURES "olist/orders.csv", FIXTURES "olist/items.csv", FIXTURES "olist/payments.csv",
                                                    FIXTURES "olist/customers.csv", FIXTURES "olist/products.csv",
                                                    FIXTURES "olist/translation.csv", NULL});
}

Test(import_damage, of_tiktok_orders_is_refused_or_read)
{
    damage_all(&import_tiktok_orders, (const char *const[]){FIXTURES "tiktok_orders/us.csv", NULL});
}

Test(import_damage, of_tiktok_settlements_is_refused_or_read)
{
    damage_all(&import_tiktok_settlement, (const char *const[]){FIXTURES "tiktok_settlement/us.csv", NULL});
}

Test(import_damage, of_tiktok_affiliate_orders_is_refused_or_read)
{
    damage_all(&import_tiktok_affiliate,
               (const char *const[]){FIXTURES "tiktok_affiliate/us.csv", FIXTURES "tiktok_settlement/us_orders.csv", NULL});
}

Test(import_damage, of_shopify_orders_is_refused_or_read)
{
    damage_all(&import_shopify_orders, (const char *const[]){FIXTURES "shopify_orders/us.csv", NULL});
}
