/*
 * Invariant of the writer: what is in the buffer is a whole snapshot whenever no section is open. Invariant of the reader:
 * at <= end <= len.
 */
#include "core/snapshot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 4096
#define FORMAT 1u
#define ORDER_MARK 0x01020304u /* put as it lies in memory */
#define TEXT_ABSENT 0xffffu

/* Head: magic, format, order mark. Section: id, version, length, checksum; its bytes. */
enum { HEAD_BYTES = 16, AT_VERSION = 4, AT_LENGTH = 8, AT_CHECKSUM = 16, SECTION_HEAD_BYTES = 24 };

static const uint8_t magic[8] = {'T', 'I', 'L', 'L', 'S', 'N', 'A', 'P'};

static void store_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void store_u64(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t load_u32(const uint8_t *at)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)at[i] << 8 * i;
    return value;
}

static uint64_t load_u64(const uint8_t *at)
{
    return load_u32(at) | (uint64_t)load_u32(at + 4) << 32;
}

/* Room for len more bytes; NULL once the writer has failed. */
static uint8_t *reserve(struct snapshot_writer *writer, size_t len)
{
    if (writer->failed || len > writer->bytes_max - writer->used) {
        writer->failed = true;
        return NULL;
    }
    if (writer->room - writer->used < len) {
        size_t room = writer->room ? writer->room : ROOM_MIN;
        while (room - writer->used < len)
            room += room / 2;
        uint8_t *larger = realloc(writer->bytes, room);
        if (!larger) {
            writer->failed = true;
            return NULL;
        }
        writer->bytes = larger;
        writer->room = room;
    }
    uint8_t *at = writer->bytes + writer->used;
    writer->used += len;
    return at;
}

void snapshot_put_bytes(struct snapshot_writer *writer, const void *bytes, size_t len)
{
    uint8_t *at = reserve(writer, len);
    if (at && len)
        memcpy(at, bytes, len);
}

void snapshot_begin(struct snapshot_writer *writer)
{
    const uint32_t mark = ORDER_MARK;
    writer->used = writer->section = 0;
    writer->failed = false;
    snapshot_put_bytes(writer, magic, sizeof magic);
    snapshot_put_u32(writer, FORMAT);
    snapshot_put_bytes(writer, &mark, sizeof mark);
}

void snapshot_done(struct snapshot_writer *writer)
{
    free(writer->bytes);
    *writer = (struct snapshot_writer){.bytes_max = writer->bytes_max};
}

void snapshot_open_section(struct snapshot_writer *writer, uint32_t id, uint32_t version)
{
    assert(!writer->section);
    writer->section = writer->used;
    snapshot_put_u32(writer, id);
    snapshot_put_u32(writer, version);
    snapshot_put_u64(writer, 0); /* the length, once it is known, and the checksum */
    snapshot_put_u64(writer, 0);
}

void snapshot_close_section(struct snapshot_writer *writer)
{
    if (!writer->failed)
        store_u64(writer->bytes + writer->section + AT_LENGTH, writer->used - writer->section - SECTION_HEAD_BYTES);
    writer->section = 0;
}

void snapshot_put_u32(struct snapshot_writer *writer, uint32_t value)
{
    uint8_t bytes[4];
    store_u32(bytes, value);
    snapshot_put_bytes(writer, bytes, sizeof bytes);
}

void snapshot_put_u64(struct snapshot_writer *writer, uint64_t value)
{
    uint8_t bytes[8];
    store_u64(bytes, value);
    snapshot_put_bytes(writer, bytes, sizeof bytes);
}

void snapshot_put_i64(struct snapshot_writer *writer, int64_t value)
{
    snapshot_put_u64(writer, (uint64_t)value);
}

void snapshot_put_double(struct snapshot_writer *writer, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    snapshot_put_u64(writer, bits);
}

void snapshot_put_text(struct snapshot_writer *writer, struct text text)
{
    assert(text.len < TEXT_ABSENT);
    uint32_t len = text.ptr ? text.len : TEXT_ABSENT;
    const uint8_t bytes[2] = {(uint8_t)len, (uint8_t)(len >> 8)};
    snapshot_put_bytes(writer, bytes, sizeof bytes);
    if (text.ptr)
        snapshot_put_bytes(writer, text.ptr, text.len);
}

void snapshot_put_records_head(struct snapshot_writer *writer, size_t count, size_t size)
{
    assert(size && size <= UINT32_MAX);
    snapshot_put_u32(writer, (uint32_t)size);
    snapshot_put_u64(writer, count);
}

void snapshot_put_records(struct snapshot_writer *writer, const void *records, size_t count, size_t size)
{
    snapshot_put_records_head(writer, count, size);
    snapshot_put_bytes(writer, records, count * size);
}

/* Of head and bytes of a section, but for the checksum itself. */
static uint64_t checksum_of(const uint8_t *section, size_t bytes, snapshot_hash_fn *hash)
{
    uint8_t parts[AT_CHECKSUM + 8];
    memcpy(parts, section, AT_CHECKSUM);
    store_u64(parts + AT_CHECKSUM, hash(section + SECTION_HEAD_BYTES, bytes));
    return hash(parts, sizeof parts);
}

void snapshot_seal(uint8_t *bytes, size_t len, snapshot_hash_fn *hash)
{
    for (size_t at = HEAD_BYTES; at < len;) {
        size_t length = (size_t)load_u64(bytes + at + AT_LENGTH);
        store_u64(bytes + at + AT_CHECKSUM, checksum_of(bytes + at, length, hash));
        at += SECTION_HEAD_BYTES + length;
    }
}

const char *snapshot_fault_text(enum snapshot_fault fault)
{
    switch (fault) {
    case SNAPSHOT_GOOD:
        return "it is good";
    case SNAPSHOT_NOT_ONE:
        return "it is not a snapshot";
    case SNAPSHOT_FOREIGN:
        return "it was written by another program version or on a machine of another byte order";
    case SNAPSHOT_CUT:
        return "it is cut off or its sections do not fit";
    case SNAPSHOT_DAMAGED:
        return "its checksum does not hold";
    }
    return "unknown";
}

static enum snapshot_fault check_head(const uint8_t *bytes, size_t len)
{
    const uint32_t mark = ORDER_MARK;
    if (len < HEAD_BYTES || memcmp(bytes, magic, sizeof magic) != 0)
        return SNAPSHOT_NOT_ONE;
    bool ours = load_u32(bytes + 8) == FORMAT && memcmp(bytes + 12, &mark, sizeof mark) == 0;
    return ours ? SNAPSHOT_GOOD : SNAPSHOT_FOREIGN;
}

/* The length of the section at `at`; false where it does not lie within the bytes. */
static bool section_length(const uint8_t *bytes, size_t len, size_t at, size_t *ret_length)
{
    if (len - at < SECTION_HEAD_BYTES)
        return false;
    uint64_t length = load_u64(bytes + at + AT_LENGTH);
    if (length > len - at - SECTION_HEAD_BYTES)
        return false;
    *ret_length = (size_t)length;
    return true;
}

enum snapshot_fault snapshot_open(struct snapshot_reader *ret_reader, const uint8_t *bytes, size_t len, snapshot_hash_fn *hash)
{
    enum snapshot_fault fault = check_head(bytes, len);
    if (fault != SNAPSHOT_GOOD)
        return fault;
    size_t length;
    for (size_t at = HEAD_BYTES; at < len; at += SECTION_HEAD_BYTES + length)
        if (!section_length(bytes, len, at, &length))
            return SNAPSHOT_CUT;
    for (size_t at = HEAD_BYTES; at < len; at += SECTION_HEAD_BYTES + length) {
        (void)section_length(bytes, len, at, &length); /* it fits, as was just seen */
        if (load_u64(bytes + at + AT_CHECKSUM) != checksum_of(bytes + at, length, hash))
            return SNAPSHOT_DAMAGED;
    }
    *ret_reader = (struct snapshot_reader){.bytes = bytes, .len = len, .at = len, .end = len};
    return SNAPSHOT_GOOD;
}

void snapshot_read_section(struct snapshot_reader *reader, uint32_t id, uint32_t version)
{
    if (reader->at != reader->end)
        snapshot_refuse(reader);
    for (size_t at = HEAD_BYTES, length; at < reader->len; at += SECTION_HEAD_BYTES + length) {
        if (!section_length(reader->bytes, reader->len, at, &length))
            break;
        if (load_u32(reader->bytes + at) != id || load_u32(reader->bytes + at + AT_VERSION) != version)
            continue;
        reader->at = at + SECTION_HEAD_BYTES;
        reader->end = reader->at + length;
        return;
    }
    snapshot_refuse(reader);
}

/* The next len bytes of the section; NULL once the reader has failed. */
static const uint8_t *take(struct snapshot_reader *reader, size_t len)
{
    if (reader->failed || len > reader->end - reader->at) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *at = reader->bytes + reader->at;
    reader->at += len;
    return at;
}

uint32_t snapshot_take_u32(struct snapshot_reader *reader)
{
    const uint8_t *at = take(reader, 4);
    return at ? load_u32(at) : 0;
}

uint64_t snapshot_take_u64(struct snapshot_reader *reader)
{
    const uint8_t *at = take(reader, 8);
    return at ? load_u64(at) : 0;
}

int64_t snapshot_take_i64(struct snapshot_reader *reader)
{
    return (int64_t)snapshot_take_u64(reader);
}

double snapshot_take_double(struct snapshot_reader *reader)
{
    uint64_t bits = snapshot_take_u64(reader);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

struct text snapshot_take_text(struct snapshot_reader *reader)
{
    const uint8_t *at = take(reader, 2);
    uint32_t len = at ? at[0] | (uint32_t)at[1] << 8 : TEXT_ABSENT;
    if (len == TEXT_ABSENT)
        return (struct text){NULL, 0};
    at = take(reader, len);
    return at ? (struct text){(const char *)at, len} : (struct text){NULL, 0};
}

const uint8_t *snapshot_take_records(struct snapshot_reader *reader, size_t size, size_t count_max, size_t *ret_count)
{
    *ret_count = 0;
    uint32_t stored_size = snapshot_take_u32(reader);
    uint64_t count = snapshot_take_u64(reader);
    if (stored_size != size || count > count_max || count > (reader->end - reader->at) / size)
        snapshot_refuse(reader);
    const uint8_t *records = take(reader, reader->failed ? 0 : (size_t)count * size);
    if (records)
        *ret_count = (size_t)count;
    return records;
}

uint32_t snapshot_take_count(struct snapshot_reader *reader, size_t bytes_each, uint32_t count_max)
{
    uint32_t count = snapshot_take_u32(reader);
    if (count > count_max || count > (reader->end - reader->at) / bytes_each)
        snapshot_refuse(reader);
    return reader->failed ? 0 : count;
}

void snapshot_refuse(struct snapshot_reader *reader)
{
    reader->failed = true;
}

bool snapshot_complete(const struct snapshot_reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}
