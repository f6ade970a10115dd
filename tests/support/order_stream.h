/*
 * The generated topic of the benches: paid orders of two lines, about 310 framed bytes each, many shops, in time order, every
 * hundredth sent twice. The same for the same arguments, whatever the machine.
 */
#ifndef SUPPORT_ORDER_STREAM_H
#define SUPPORT_ORDER_STREAM_H

#include "support/scripted_source.h"

#define STREAM_PARTITIONS 4
#define STREAM_SHOPS 200
#define STREAM_DAYS 90

struct order_stream {
    struct scripted_log logs[STREAM_PARTITIONS];
    size_t record_count;
    struct record *records[STREAM_PARTITIONS];
    uint8_t *bytes; /* keys and values of all records */
};

/* Ends the program where memory is out. */
void order_stream_make(struct order_stream *ret_stream, const char *topic, uint32_t orders, uint32_t seed);
void order_stream_done(struct order_stream *stream);

#endif
