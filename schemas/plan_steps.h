/*
 * The instructions of a decode plan: made by plan_compile.c, obeyed by decode_plan.c.
 */
#ifndef SCHEMAS_PLAN_STEPS_H
#define SCHEMAS_PLAN_STEPS_H

#include "schemas/event_fields.h"
#include "schemas/schema.h"

/* Nested blocks of arrays and maps. */
#define PLAN_FRAMES_MAX 32
/* Steps of a plan, and a bound for the work of compiling one: named types may be repeated, so a small schema can be a huge tree. */
#define PLAN_STEPS_MAX 16384

/* FIELD_ID to FIELD_BOOL: read a field of this kind to offset. FIELD_STATUS is followed by arg PLAN_TARGETs, whose arg is
 * what the writer's symbol of this index means. */
enum plan_op {
    PLAN_ABSENT = FIELD_KIND_COUNT, /* arg: the field kind; to offset */
    PLAN_UNION,                     /* arg: count of branches; as many PLAN_TARGETs follow */
    PLAN_TARGET,                    /* arg: where the branch starts, or the symbol; PLAN_NOTHING: there is none */
    PLAN_JUMP,                      /* arg: to */
    PLAN_ITEMS,                     /* a block of the event's own array; arg: behind the last of its steps */
    PLAN_ITEMS_NEXT,                /* arg: its PLAN_ITEMS */
    PLAN_BLOCK,                     /* a block to be skipped; offset: its frame; arg: behind the last of its steps */
    PLAN_BLOCK_NEXT,                /* offset: its frame; arg: its PLAN_BLOCK */
    PLAN_EMPTY_BLOCKS,              /* an array of items without bytes */
    PLAN_INT_AHEAD,                 /* the next field is a long of ours that the writer has as an int: it must fit */
    PLAN_SKIP_LONG,
    PLAN_SKIP_INT,
    PLAN_SKIP_BOOL,
    PLAN_SKIP_ENUM,                 /* arg: count of symbols */
    PLAN_SKIP_TEXT,                 /* a length and as many bytes */
    PLAN_SKIP_BYTES,                /* arg: how many */
    PLAN_END
};
#define PLAN_NOTHING UINT32_MAX

struct plan_step {
    uint16_t op;
    uint16_t offset;
    uint32_t arg;
};

/* The one array that an event may have. */
struct plan_items {
    uint32_t offset, count_offset; /* in struct event, of the pointer and of the uint32_t */
    uint32_t size;                 /* of an item in memory; 0: there is no array */
    uint32_t bytes_min;            /* the fewest that an item can take on the wire */
};

struct decode_plan {
    enum event_kind kind;
    bool is_ours;
    struct plan_items items;
    uint32_t count;
    struct plan_step *steps; /* owned */
};

/* Fills a zeroed plan of a kind. false with err. */
bool plan_compile(struct decode_plan *plan, const struct schema *writer, struct err *err);

#endif
