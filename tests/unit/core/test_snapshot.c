#include "core/snapshot.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a: any hash serves here. */
static uint64_t plain_hash(const void *bytes, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
    return hash;
}

static const double records[3] = {1.5, -0.0, 1e300};

static void write_sample(struct snapshot_writer *writer)
{
    snapshot_begin(writer);
    snapshot_open_section(writer, 7, 2);
    snapshot_put_u32(writer, 0xdeadbeef);
    snapshot_put_u64(writer, UINT64_MAX - 1);
    snapshot_put_i64(writer, INT64_MIN);
    snapshot_put_double(writer, -0.25);
    snapshot_put_text(writer, text_of("shop"));
    snapshot_put_text(writer, (struct text){NULL, 0});
    snapshot_put_text(writer, text_of(""));
    snapshot_close_section(writer);
    snapshot_open_section(writer, 8, 1);
    snapshot_put_records(writer, records, 3, sizeof *records);
    snapshot_close_section(writer);
    if (!writer->failed)
        snapshot_seal(writer->bytes, writer->used, plain_hash);
}

static bool reads_sample(const uint8_t *bytes, size_t len)
{
    struct snapshot_reader reader;
    size_t count;
    if (snapshot_open(&reader, bytes, len, plain_hash) != SNAPSHOT_GOOD)
        return false;
    snapshot_read_section(&reader, 7, 2);
    bool same = snapshot_take_u32(&reader) == 0xdeadbeef;
    same &= snapshot_take_u64(&reader) == UINT64_MAX - 1;
    same &= snapshot_take_i64(&reader) == INT64_MIN;
    same &= snapshot_take_double(&reader) == -0.25;
    same &= text_same(snapshot_take_text(&reader), text_of("shop"));
    same &= snapshot_take_text(&reader).ptr == NULL;
    struct text empty = snapshot_take_text(&reader);
    same &= empty.ptr && empty.len == 0;
    snapshot_read_section(&reader, 8, 1);
    const uint8_t *found = snapshot_take_records(&reader, sizeof *records, 3, &count);
    same &= found && count == 3 && memcmp(found, records, sizeof records) == 0;
    return same && snapshot_complete(&reader);
}

Test(snapshot, what_was_put_is_taken)
{
    struct snapshot_writer writer = {.bytes_max = 1 << 20};
    for (int round = 0; round < 2; round++) {
        write_sample(&writer);
        cr_assert_not(writer.failed);
        cr_assert(reads_sample(writer.bytes, writer.used));
    }
    snapshot_done(&writer);
}

/* The head is magic, format 1 and the mark; a section's numbers are little-endian. */
Test(snapshot, the_layout_is_fixed_to_the_byte)
{
    static const uint8_t expected[] = {'T', 'I', 'L', 'L', 'S', 'N', 'A', 'P', 1, 0, 0, 0, 4, 3, 2, 1,
                                       5, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0};
    struct snapshot_writer writer = {.bytes_max = 1 << 20};
    snapshot_begin(&writer);
    snapshot_open_section(&writer, 5, 9);
    snapshot_put_u64(&writer, UINT64_C(0x0102030405060708));
    snapshot_close_section(&writer);
    cr_assert_eq(writer.used, sizeof expected + 8 + 8);
    cr_assert_arr_eq(writer.bytes, expected, sizeof expected);
    cr_assert_eq(writer.bytes[sizeof expected + 8], 8);
    cr_assert_eq(writer.bytes[sizeof expected + 15], 1);
    snapshot_done(&writer);
}

Test(snapshot, cut_anywhere_it_is_refused)
{
    struct snapshot_writer writer = {.bytes_max = 1 << 20};
    write_sample(&writer);
    for (size_t len = 0; len < writer.used; len++) {
        uint8_t *cut = malloc(len ? len : 1);
        memcpy(cut, writer.bytes, len);
        cr_assert_not(reads_sample(cut, len), "cut to %zu", len);
        free(cut);
    }
    snapshot_done(&writer);
}

Test(snapshot, any_flipped_bit_is_found)
{
    struct snapshot_writer writer = {.bytes_max = 1 << 20};
    write_sample(&writer);
    for (size_t bit = 0; bit < writer.used * 8; bit++) {
        writer.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_not(reads_sample(writer.bytes, writer.used), "bit %zu", bit);
        writer.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    cr_assert(reads_sample(writer.bytes, writer.used));
    snapshot_done(&writer);
}

Test(snapshot, other_ids_versions_and_sizes_are_faults)
{
    struct snapshot_writer writer = {.bytes_max = 1 << 20};
    write_sample(&writer);
    static const uint32_t wrong[][2] = {{6, 2}, {7, 1}, {7, 3}, {8, 2}};
    struct snapshot_reader reader;
    size_t count;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_eq(snapshot_open(&reader, writer.bytes, writer.used, plain_hash), SNAPSHOT_GOOD);
        snapshot_read_section(&reader, wrong[i][0], wrong[i][1]);
        cr_assert_not(snapshot_complete(&reader));
    }
    static const size_t sizes[][2] = {{4, 3}, {16, 3}, {8, 2}}; /* another size of record, too many for the caller */
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(snapshot_open(&reader, writer.bytes, writer.used, plain_hash), SNAPSHOT_GOOD);
        snapshot_read_section(&reader, 8, 1);
        cr_assert_null(snapshot_take_records(&reader, sizes[i][0], sizes[i][1], &count));
        cr_assert_eq(count, 0);
    }
    snapshot_done(&writer);
}

Test(snapshot, a_section_that_is_not_read_to_its_end_is_a_fault)
{
    struct snapshot_writer writer = {.bytes_max = 1 << 20};
    struct snapshot_reader reader;
    write_sample(&writer);
    cr_assert_eq(snapshot_open(&reader, writer.bytes, writer.used, plain_hash), SNAPSHOT_GOOD);
    snapshot_read_section(&reader, 7, 2);
    (void)snapshot_take_u32(&reader);
    cr_assert_not(snapshot_complete(&reader));
    snapshot_read_section(&reader, 8, 1);
    cr_assert(reader.failed);
    snapshot_done(&writer);
}

Test(snapshot, counts_that_the_section_cannot_hold_are_refused)
{
    static const uint32_t counts[] = {1, 3, 4, 1000, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct snapshot_writer writer = {.bytes_max = 1 << 20};
        struct snapshot_reader reader;
        snapshot_begin(&writer);
        snapshot_open_section(&writer, 1, 1);
        snapshot_put_u32(&writer, counts[i]);
        for (int j = 0; j < 3; j++)
            snapshot_put_u64(&writer, 0);
        snapshot_close_section(&writer);
        snapshot_seal(writer.bytes, writer.used, plain_hash);
        cr_assert_eq(snapshot_open(&reader, writer.bytes, writer.used, plain_hash), SNAPSHOT_GOOD);
        snapshot_read_section(&reader, 1, 1);
        cr_assert_eq(snapshot_take_count(&reader, 8, 3), counts[i] <= 3 ? counts[i] : 0);
        cr_assert_eq(reader.failed, counts[i] > 3);
        snapshot_done(&writer);
    }
}

Test(snapshot, a_writer_that_may_not_grow_fails_and_stays_failed)
{
    for (size_t max = 0; max < 200; max += 7) {
        struct snapshot_writer writer = {.bytes_max = max};
        write_sample(&writer);
        cr_assert_eq(writer.failed, max < 16 + 24 + 40 + 24 + 36, "%zu", max); /* head; sections: 4+8+8+8+6+2+2, 4+8+24 */
        cr_assert(writer.used <= max);
        snapshot_done(&writer);
    }
}
