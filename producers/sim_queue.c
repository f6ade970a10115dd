#include "producers/sim_queue.h"

#include <stdlib.h>

static bool is_before(const struct sim_entry *a, const struct sim_entry *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->sequence < b->sequence;
}

void sim_queue_push(struct sim_queue *queue, struct sim_entry entry)
{
    if (queue->count == queue->room) {
        size_t room = queue->room ? queue->room * 2 : 4096;
        struct sim_entry *larger = realloc(queue->heap, room * sizeof *larger);
        if (!larger)
            abort();
        queue->heap = larger;
        queue->room = room;
    }
    entry.sequence = queue->sequence++;
    size_t at = queue->count++;
    for (; at && is_before(&entry, &queue->heap[(at - 1) / 2]); at = (at - 1) / 2)
        queue->heap[at] = queue->heap[(at - 1) / 2];
    queue->heap[at] = entry;
}

struct sim_entry sim_queue_pop(struct sim_queue *queue)
{
    struct sim_entry top = queue->heap[0], last = queue->heap[--queue->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < queue->count; at = child) {
        if (child + 1 < queue->count && is_before(&queue->heap[child + 1], &queue->heap[child]))
            child++;
        if (!is_before(&queue->heap[child], &last))
            break;
        queue->heap[at] = queue->heap[child];
    }
    if (queue->count)
        queue->heap[at] = last;
    return top;
}

int64_t sim_queue_next_us(const struct sim_queue *queue)
{
    return queue->count ? queue->heap[0].time_us : INT64_MAX;
}

void sim_queue_done(struct sim_queue *queue)
{
    free(queue->heap);
    *queue = (struct sim_queue){0};
}
