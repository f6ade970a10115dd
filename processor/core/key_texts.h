/*
 * The texts of keys, one after the other, so that records can say where theirs stands without a pointer. A text that is given up leaves
 * a hole; who sees that holes are more than half moves what is left to a fresh heap. All zero: empty. Not thread-safe.
 */
#ifndef CORE_KEY_TEXTS_H
#define CORE_KEY_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/event.h"

struct key_texts {
    char *bytes;
    size_t used, room, lost; /* lost: in holes */
};

/* Where text stands from now on; false, and nothing done, when memory is out or 4 GiB are full. */
bool key_texts_add(struct key_texts *texts, struct text text, uint32_t *ret_at);
void key_texts_give_up(struct key_texts *texts, uint32_t len);

static inline struct text key_texts_at(const struct key_texts *texts, uint32_t at, uint32_t len)
{
    return (struct text){len ? texts->bytes + at : "", len};
}

static inline bool key_texts_has_holes(const struct key_texts *texts)
{
    return texts->lost > 65536 && texts->lost > texts->used / 2;
}

void key_texts_done(struct key_texts *texts);

#endif
