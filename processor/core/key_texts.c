#include "core/key_texts.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 4096

bool key_texts_add(struct key_texts *texts, struct text text, uint32_t *ret_at)
{
    if (texts->used + text.len > UINT32_MAX)
        return false;
    if (texts->used + text.len > texts->room) {
        size_t room = texts->room ? texts->room : ROOM_MIN;
        while (room < texts->used + text.len)
            room *= 2;
        char *larger = realloc(texts->bytes, room);
        if (!larger)
            return false;
        texts->bytes = larger;
        texts->room = room;
    }
    if (text.len)
        memcpy(texts->bytes + texts->used, text.ptr, text.len);
    *ret_at = (uint32_t)texts->used;
    texts->used += text.len;
    return true;
}

void key_texts_give_up(struct key_texts *texts, uint32_t len)
{
    texts->lost += len;
}

void key_texts_done(struct key_texts *texts)
{
    free(texts->bytes);
    *texts = (struct key_texts){0};
}
