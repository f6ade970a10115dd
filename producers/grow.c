#include "producers/grow.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024

bool grow_items(void *items, size_t count, size_t *room, size_t size)
{
    void *held;
    if (count < *room)
        return true;
    size_t more = *room ? *room * 2 : FIRST_ROOM;
    memcpy(&held, items, sizeof held); /* pointers to objects have one representation here, but not one type */
    held = realloc(held, more * size);
    if (!held)
        return false;
    memcpy(items, &held, sizeof held);
    *room = more;
    return true;
}
