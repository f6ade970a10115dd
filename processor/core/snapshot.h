/*
 * State as bytes that outlive the process: how the engine's memory survives a crash.
 *
 * What is kept. An engine is a function of its lane's records, so its state is worth as much as the records behind it: rolling
 * statistics, the recent orders that tell a redelivery from a sale, what was learned of shops. A snapshot is that state
 * before one offset of the lane. To recover is to load the newest snapshot that fits and to read the records between its
 * offset and the committed one again, with nothing written (processor/recovery.h). So an alert is raised once, crash or not.
 *
 * Layout. A head (magic, format, byte order), then sections one after the other, each with its id, the version of its own
 * layout, its length and a checksum over all of these and its bytes. Numbers are little-endian. Blocks are records as they
 * lie in memory, without pointers; the head's mark refuses them on a machine of another byte order, the size of a record
 * that goes before each block refuses them where the record has changed.
 *
 * Trust. Nothing that is read is believed: lengths and counts are held against the bytes that are there before anything is
 * reserved for them, and a reader that has run out of bytes, or was told of a fault by its user, gives zeros and stays
 * faulty until the end. The one question "did all of it fit" is snapshot_complete.
 *
 * Checksums are put on and checked by a function that the caller gives (core has no hash of that kind), apart from the
 * writing, so that another thread can do it. Not thread-safe.
 */
#ifndef CORE_SNAPSHOT_H
#define CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/event.h"

typedef uint64_t snapshot_hash_fn(const void *bytes, size_t len);

/* All zero but bytes_max: empty. The bytes are the writer's, and serve again after snapshot_begin. */
struct snapshot_writer {
    uint8_t *bytes;
    size_t used, room;
    size_t bytes_max; /* more is a failure, not a larger buffer */
    size_t section;   /* where the open section begins; 0: none is open */
    bool failed;      /* memory or bytes_max has run out */
};

void snapshot_begin(struct snapshot_writer *writer);
void snapshot_done(struct snapshot_writer *writer);

void snapshot_open_section(struct snapshot_writer *writer, uint32_t id, uint32_t version);
void snapshot_close_section(struct snapshot_writer *writer);

/* Into the open section. A text may be absent; it is at most 65,534 bytes. */
void snapshot_put_u32(struct snapshot_writer *writer, uint32_t value);
void snapshot_put_u64(struct snapshot_writer *writer, uint64_t value);
void snapshot_put_i64(struct snapshot_writer *writer, int64_t value);
void snapshot_put_double(struct snapshot_writer *writer, double value);
void snapshot_put_text(struct snapshot_writer *writer, struct text text);

/* A block of count records of that size: whole, or its head and then exactly that many bytes, however cut. */
void snapshot_put_records(struct snapshot_writer *writer, const void *records, size_t count, size_t size);
void snapshot_put_records_head(struct snapshot_writer *writer, size_t count, size_t size);
void snapshot_put_bytes(struct snapshot_writer *writer, const void *bytes, size_t len);

/* Puts the checksums on; the bytes are a whole snapshot as the writer left it. */
void snapshot_seal(uint8_t *bytes, size_t len, snapshot_hash_fn *hash);

enum snapshot_fault {
    SNAPSHOT_GOOD,
    SNAPSHOT_NOT_ONE,   /* other bytes, or cut off in the head */
    SNAPSHOT_FOREIGN,   /* a format or byte order of another program or machine */
    SNAPSHOT_CUT,       /* sections do not end where the bytes do */
    SNAPSHOT_DAMAGED    /* a checksum does not hold */
};

const char *snapshot_fault_text(enum snapshot_fault fault);

/* Borrows the bytes. */
struct snapshot_reader {
    const uint8_t *bytes;
    size_t len;
    size_t at, end; /* of what is left of the section that is read */
    bool failed;
};

/* Checks the head, where the sections lie, and every checksum. The reader may be used only where that is SNAPSHOT_GOOD. */
enum snapshot_fault snapshot_open(struct snapshot_reader *ret_reader, const uint8_t *bytes, size_t len, snapshot_hash_fn *hash);

/* Turns to the section of that id and version. A missing one, one of another version, and one left unread in part are faults. */
void snapshot_read_section(struct snapshot_reader *reader, uint32_t id, uint32_t version);

uint32_t snapshot_take_u32(struct snapshot_reader *reader);
uint64_t snapshot_take_u64(struct snapshot_reader *reader);
int64_t snapshot_take_i64(struct snapshot_reader *reader);
double snapshot_take_double(struct snapshot_reader *reader);

/* Points into the snapshot. */
struct text snapshot_take_text(struct snapshot_reader *reader);

/* Turns to a block of records of exactly that size, at most count_max. Their bytes, not aligned to anything, with their
 * count; NULL and 0 on a fault. */
const uint8_t *snapshot_take_records(struct snapshot_reader *reader, size_t size, size_t count_max, size_t *ret_count);

/* A count of things of at least bytes_each that follow: a fault where the section cannot hold so many, or where it is more than
 * count_max. */
uint32_t snapshot_take_count(struct snapshot_reader *reader, size_t bytes_each, uint32_t count_max);

/* The user has found something that cannot be. */
void snapshot_refuse(struct snapshot_reader *reader);

/* Everything fitted, and what was turned to has been read to its end. */
bool snapshot_complete(const struct snapshot_reader *reader);

#endif
