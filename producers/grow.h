/*
 * Arrays that grow while a file is read.
 */
#ifndef PRODUCERS_GROW_H
#define PRODUCERS_GROW_H

#include <stdbool.h>
#include <stddef.h>

/* Room for one more than count items of size bytes in *items, which holds *room of them and may move. false, with everything as it was,
 * when memory is out. items points to a pointer of any type; the array is to be freed. */
bool grow_items(void *items, size_t count, size_t *room, size_t size);

#endif
