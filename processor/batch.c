#include "processor/batch.h"

#include <stdlib.h>
#include <string.h>

#define REJECT_ROOM_MIN 16

static void *alloc_in_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

struct batch *batch_new(void)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return NULL;
    arena_init(&batch->arena);
    batch_reset(batch, 1, 0);
    return batch;
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    arena_done(&batch->arena);
    free(batch);
}

void batch_reset(struct batch *batch, uint64_t sequence, size_t keep_bytes)
{
    arena_reset(&batch->arena, keep_bytes);
    batch->facts = (struct facts){.alloc = alloc_in_arena, .alloc_ctx = &batch->arena, .sequence = sequence};
    batch->sealed = false;
    batch->rejects = NULL;
    batch->reject_count = batch->reject_room = 0;
    batch->advance_count = 0;
    batch->state = (struct state_piece){0};
    batch->record_count = batch->byte_count = 0;
}

void batch_seal(struct batch *batch)
{
    if (!batch->sealed)
        facts_seal(&batch->facts);
    batch->sealed = true;
}

void batch_reject(struct batch *batch, struct origin origin, enum reason reason, struct text key, struct text value)
{
    if (batch->reject_count == batch->reject_room) {
        size_t room = batch->reject_room ? batch->reject_room * 2 : REJECT_ROOM_MIN;
        struct reject *larger = arena_alloc(&batch->arena, room * sizeof *larger);
        if (batch->reject_count)
            memcpy(larger, batch->rejects, batch->reject_count * sizeof *larger);
        batch->rejects = larger;
        batch->reject_room = room;
    }
    batch->rejects[batch->reject_count++] =
        (struct reject){.origin = origin, .reason = reason, .key = key, .value = value};
}
