/*
 * Runs plans. Why it ends and stays inside: every step takes bytes, or is one of at most PLAN_STEPS_MAX steps between two that
 * do; a jump backwards is taken only by the next item of a block, and an item takes at least one byte.
 */
#include "schemas/decode_plan.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/decode_value.h"
#include "schemas/plan_steps.h"

struct frame {
    int64_t left;       /* items of the block, with the current one */
    const uint8_t *end; /* of the block, or NULL */
};

struct run {
    const struct decode_plan *plan;
    struct cursor cursor;
    struct arena *arena;
    struct event *event;
    uint8_t *base; /* what offsets count from: the event or an item */
    uint32_t at;   /* the next step */
    uint8_t *items;
    uint32_t item_count, item_room;
    struct frame block; /* of items */
    struct frame frames[PLAN_FRAMES_MAX];
};

struct decode_plan *decode_plan_new(enum event_kind kind, const char *schema_json, size_t len, struct err *err)
{
    struct arena arena;
    arena_init(&arena);
    struct decode_plan *plan = NULL;
    const struct schema *writer = schema_parse(&arena, schema_json, len, err);
    if (writer && !(plan = calloc(1, sizeof *plan)))
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    if (plan)
        plan->kind = kind;
    if (plan && !plan_compile(plan, writer, err)) {
        decode_plan_free(plan);
        plan = NULL;
    }
    arena_done(&arena);
    return plan;
}

void decode_plan_free(struct decode_plan *plan)
{
    if (!plan)
        return;
    free(plan->steps);
    free(plan);
}

bool decode_plan_is_ours(const struct decode_plan *plan)
{
    return plan->is_ours;
}

static enum reason take_target(struct run *run, uint32_t count, uint32_t *ret_target)
{
    uint32_t index = 0;
    enum reason reason = read_index(&run->cursor, count, &index);
    if (reason)
        return reason;
    *ret_target = run->plan->steps[run->at + index].arg;
    return *ret_target == PLAN_NOTHING ? REASON_BAD_ENUM : REASON_NONE;
}

static enum reason run_union(struct run *run, uint32_t count)
{
    uint32_t target = 0;
    enum reason reason = take_target(run, count, &target);
    if (!reason)
        run->at = target;
    return reason;
}

static enum reason run_status(struct run *run, const struct plan_step *step)
{
    uint32_t symbol = 0;
    enum reason reason = take_target(run, step->arg, &symbol);
    if (reason)
        return reason;
    enum order_status status = (enum order_status)symbol;
    memcpy(run->base + step->offset, &status, sizeof status);
    run->at += step->arg;
    return REASON_NONE;
}

static void grow_items(struct run *run, uint32_t wanted)
{
    uint32_t room = wanted > 2 * run->item_room ? wanted : 2 * run->item_room;
    uint8_t *items = arena_alloc(run->arena, (size_t)room * run->plan->items.size);
    if (run->item_count)
        memcpy(items, run->items, (size_t)run->item_count * run->plan->items.size);
    run->items = items;
    run->item_room = room;
}

static void end_items(struct run *run)
{
    uint8_t *event = (uint8_t *)run->event;
    void *items = run->items;
    memcpy(event + run->plan->items.offset, &items, sizeof items);
    memcpy(event + run->plan->items.count_offset, &run->item_count, sizeof run->item_count);
    run->base = event;
}

static enum reason start_items(struct run *run, const struct plan_step *step)
{
    enum reason reason = read_block(&run->cursor, &run->block.left, &run->block.end);
    if (reason)
        return reason;
    if (!run->block.left) {
        end_items(run);
        run->at = step->arg;
        return REASON_NONE;
    }
    if (run->block.left > EVENT_LINES_MAX - (int64_t)run->item_count)
        return REASON_TOO_MANY_LINES;
    if (run->block.left > (run->cursor.end - run->cursor.at) / (int64_t)run->plan->items.bytes_min)
        return REASON_TRUNCATED;
    uint32_t wanted = run->item_count + (uint32_t)run->block.left;
    if (wanted > run->item_room)
        grow_items(run, wanted);
    run->base = run->items + (size_t)run->item_count * run->plan->items.size;
    return REASON_NONE;
}

static enum reason end_of_block(const struct run *run, const struct frame *frame)
{
    return frame->end && frame->end != run->cursor.at ? REASON_BAD_LENGTH : REASON_NONE;
}

static enum reason next_of_items(struct run *run, const struct plan_step *step)
{
    run->item_count++;
    run->base += run->plan->items.size;
    if (--run->block.left) {
        run->at = step->arg + 1;
        return REASON_NONE;
    }
    run->at = step->arg;
    return end_of_block(run, &run->block);
}

/* Items take a byte at least: a count beyond the bytes left will not be fulfilled, so do not begin. */
static enum reason start_block(struct run *run, const struct plan_step *step)
{
    struct frame *frame = &run->frames[step->offset];
    enum reason reason = read_block(&run->cursor, &frame->left, &frame->end);
    if (!reason && frame->left > run->cursor.end - run->cursor.at)
        return REASON_TRUNCATED;
    if (!reason && !frame->left)
        run->at = step->arg;
    return reason;
}

static enum reason next_item(struct run *run, const struct plan_step *step)
{
    struct frame *frame = &run->frames[step->offset];
    if (--frame->left) {
        run->at = step->arg + 1;
        return REASON_NONE;
    }
    run->at = step->arg;
    return end_of_block(run, frame);
}

static enum reason skip_empty_blocks(struct run *run)
{
    struct frame frame = {0};
    enum reason reason;
    do {
        reason = read_block(&run->cursor, &frame.left, &frame.end);
        if (!reason)
            reason = end_of_block(run, &frame);
    } while (!reason && frame.left);
    return reason;
}

static enum reason skip_text(struct cursor *cursor)
{
    size_t len = 0;
    enum reason reason = read_length(cursor, &len);
    return reason ? reason : skip_bytes(cursor, len);
}

static enum reason look_at_int(struct cursor ahead)
{
    int32_t value = 0;
    return read_int(&ahead, &value);
}

static enum reason skip_scalar(struct cursor *cursor, const struct plan_step *step)
{
    int64_t number;
    int32_t small;
    uint32_t index;
    bool truth;
    switch (step->op) {
    case PLAN_SKIP_LONG:
        return read_long(cursor, &number);
    case PLAN_SKIP_INT:
        return read_int(cursor, &small);
    case PLAN_SKIP_BOOL:
        return read_bool(cursor, &truth);
    case PLAN_SKIP_ENUM:
        return read_index(cursor, step->arg, &index);
    case PLAN_SKIP_TEXT:
        return skip_text(cursor);
    default:
        return skip_bytes(cursor, step->arg);
    }
}

static enum reason run_step(struct run *run, const struct plan_step *step)
{
    switch (step->op) {
    case FIELD_STATUS:
        return run_status(run, step);
    case PLAN_ABSENT:
        set_absent((enum field_kind)step->arg, run->base + step->offset);
        return REASON_NONE;
    case PLAN_UNION:
        return run_union(run, step->arg);
    case PLAN_JUMP:
        run->at = step->arg;
        return REASON_NONE;
    case PLAN_ITEMS:
        return start_items(run, step);
    case PLAN_ITEMS_NEXT:
        return next_of_items(run, step);
    case PLAN_BLOCK:
        return start_block(run, step);
    case PLAN_BLOCK_NEXT:
        return next_item(run, step);
    case PLAN_EMPTY_BLOCKS:
        return skip_empty_blocks(run);
    case PLAN_INT_AHEAD:
        return look_at_int(run->cursor);
    default:
        return skip_scalar(&run->cursor, step);
    }
}

static enum reason run_steps(struct run *run)
{
    const struct plan_step *steps = run->plan->steps;
    for (;;) {
        const struct plan_step *step = &steps[run->at++];
        if (step->op == PLAN_END)
            return run->cursor.at == run->cursor.end ? REASON_NONE : REASON_TRAILING_BYTES;
        enum reason reason = step->op < FIELD_KIND_COUNT && step->op != FIELD_STATUS
                                 ? read_field(&run->cursor, (enum field_kind)step->op, run->base + step->offset)
                                 : run_step(run, step);
        if (reason)
            return reason;
    }
}

enum reason decode_plan_run(const struct decode_plan *plan, const uint8_t *bytes, size_t len, struct arena *arena,
                            struct event *ret_event)
{
    struct run run;
    run.plan = plan;
    run.cursor = (struct cursor){bytes, bytes + len};
    run.arena = arena;
    run.event = ret_event;
    run.base = (uint8_t *)ret_event;
    run.at = 0;
    run.items = NULL;
    run.item_count = run.item_room = 0;
    ret_event->kind = plan->kind;
    ret_event->currency = (struct text){0};
    ret_event->amount_scale = 0;
    return run_steps(&run);
}
