#include "postgres/copy_buffer.h"

#include <stdio.h>
#include <stdlib.h>

#define ROOM_MIN 4096

void copy_buffer_done(struct copy_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct copy_buffer){0};
}

void copy_grow(struct copy_buffer *buffer, size_t more)
{
    size_t room = buffer->room ? buffer->room : ROOM_MIN;
    while (room - buffer->used < more)
        room *= 2;
    uint8_t *bytes = realloc(buffer->bytes, room);
    if (!bytes) {
        (void)fprintf(stderr, "tillstream: out of memory (%zu bytes of rows)\n", room);
        abort();
    }
    buffer->bytes = bytes;
    buffer->room = room;
}
