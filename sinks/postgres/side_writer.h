/*
 * Refused records of a batch, with their bytes. They are written once: what is there already stays.
 */
#ifndef POSTGRES_SIDE_WRITER_H
#define POSTGRES_SIDE_WRITER_H

#include "postgres/pg_link.h"
#include "sinks/sink.h"

#define SIDE_COLUMNS 7

struct side_writer {
    struct pg_array columns[SIDE_COLUMNS];
};

void side_writer_done(struct side_writer *writer);

bool rejects_write(struct side_writer *writer, struct pg_link *link, const char *pipeline, const struct batch *batch,
                   const struct reject *rejects, size_t count, struct pg_failure *failure);

#endif
