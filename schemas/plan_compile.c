/* From the writer's tree of types and the rules of ours to steps. The walk is bounded by the depth of the schema's JSON and,
 * as named types may be repeated, by a budget of visits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/event_rules.h"
#include "schemas/json.h"
#include "schemas/plan_steps.h"

struct compiler {
    struct decode_plan *plan;
    uint32_t room;
    uint32_t visits;
    uint32_t depth;  /* of types within types */
    uint32_t frames; /* of blocks within blocks */
    struct err *err;
};

static bool compile_skip(struct compiler *compiler, const struct schema *writer);
static bool compile_record(struct compiler *compiler, const struct schema *writer, const struct record_rule *rule);

static bool fail(struct compiler *compiler, const char *field, const char *what)
{
    return err_set(compiler->err, ERR_FATAL, EXIT_CODE_DATA, "schema: field %.80s: %s", field, what);
}

/* The step's index in *ret_at, which may be NULL. */
static bool emit(struct compiler *compiler, unsigned op, unsigned offset, uint32_t arg, uint32_t *ret_at)
{
    struct decode_plan *plan = compiler->plan;
    if (plan->count == compiler->room) {
        uint32_t room = compiler->room ? 2 * compiler->room : 128;
        struct plan_step *steps = room > PLAN_STEPS_MAX ? NULL : realloc(plan->steps, room * sizeof *steps);
        if (!steps)
            return err_set(compiler->err, ERR_FATAL, EXIT_CODE_DATA, "schema: too large");
        plan->steps = steps;
        compiler->room = room;
    }
    if (ret_at)
        *ret_at = plan->count;
    plan->steps[plan->count++] = (struct plan_step){(uint16_t)op, (uint16_t)offset, arg};
    return true;
}

static bool enter(struct compiler *compiler)
{
    if (++compiler->visits > PLAN_STEPS_MAX || ++compiler->depth > JSON_DEPTH_MAX)
        return err_set(compiler->err, ERR_FATAL, EXIT_CODE_DATA, "schema: too large, or a type contains itself");
    return true;
}

static bool leave(struct compiler *compiler, bool good)
{
    compiler->depth--;
    return good;
}

/* ---- values that we do not read ---- */

/* Emits PLAN_TARGETs for the branches and *ret_first, the index of the first. */
static bool emit_targets(struct compiler *compiler, uint32_t count, uint32_t *ret_first)
{
    *ret_first = compiler->plan->count;
    for (uint32_t i = 0; i < count; i++)
        if (!emit(compiler, PLAN_TARGET, 0, PLAN_NOTHING, NULL))
            return false;
    return true;
}

static void set_arg_here(struct compiler *compiler, uint32_t step)
{
    compiler->plan->steps[step].arg = compiler->plan->count;
}

/* Every branch but the last ends with a jump behind the union; the jumps' places are kept in their own arg until then. */
static bool end_branch(struct compiler *compiler, uint32_t *jumps)
{
    uint32_t at = 0;
    if (!emit(compiler, PLAN_JUMP, 0, *jumps, &at))
        return false;
    *jumps = at;
    return true;
}

static void end_union(struct compiler *compiler, uint32_t jumps)
{
    while (jumps != PLAN_NOTHING) {
        uint32_t previous = compiler->plan->steps[jumps].arg;
        set_arg_here(compiler, jumps);
        jumps = previous;
    }
}

static bool skip_union(struct compiler *compiler, const struct schema *writer)
{
    uint32_t first = 0, jumps = PLAN_NOTHING;
    if (!emit(compiler, PLAN_UNION, 0, writer->count, NULL) || !emit_targets(compiler, writer->count, &first))
        return false;
    for (uint32_t i = 0; i < writer->count; i++) {
        set_arg_here(compiler, first + i);
        if (!compile_skip(compiler, writer->children[i]) || !end_branch(compiler, &jumps))
            return false;
    }
    end_union(compiler, jumps);
    return true;
}

/* Items that turn out to have no bytes must not be counted one by one: their count is not held by the bytes left. */
static bool skip_blocks(struct compiler *compiler, const struct schema *writer)
{
    uint32_t start = 0, frame = compiler->frames++;
    if (frame == PLAN_FRAMES_MAX)
        return err_set(compiler->err, ERR_FATAL, EXIT_CODE_DATA, "schema: arrays nested too deeply");
    if (!emit(compiler, PLAN_BLOCK, frame, 0, &start) ||
        (writer->type == SCHEMA_MAP && !emit(compiler, PLAN_SKIP_TEXT, 0, 0, NULL)) ||
        !compile_skip(compiler, writer->children[0]))
        return false;
    compiler->frames--;
    if (compiler->plan->count == start + 1) {
        compiler->plan->steps[start] = (struct plan_step){PLAN_EMPTY_BLOCKS, 0, 0};
        return true;
    }
    if (!emit(compiler, PLAN_BLOCK_NEXT, frame, start, NULL))
        return false;
    set_arg_here(compiler, start);
    return true;
}

static bool skip_record(struct compiler *compiler, const struct schema *writer)
{
    for (uint32_t i = 0; i < writer->count; i++)
        if (!compile_skip(compiler, writer->children[i]))
            return false;
    return true;
}

static bool skip_type(struct compiler *compiler, const struct schema *writer)
{
    switch (writer->type) {
    case SCHEMA_NULL:
        return true;
    case SCHEMA_BOOLEAN:
        return emit(compiler, PLAN_SKIP_BOOL, 0, 0, NULL);
    case SCHEMA_INT:
        return emit(compiler, PLAN_SKIP_INT, 0, 0, NULL);
    case SCHEMA_LONG:
        return emit(compiler, PLAN_SKIP_LONG, 0, 0, NULL);
    case SCHEMA_FLOAT:
        return emit(compiler, PLAN_SKIP_BYTES, 0, 4, NULL);
    case SCHEMA_DOUBLE:
        return emit(compiler, PLAN_SKIP_BYTES, 0, 8, NULL);
    case SCHEMA_BYTES:
    case SCHEMA_STRING:
        return emit(compiler, PLAN_SKIP_TEXT, 0, 0, NULL);
    case SCHEMA_FIXED:
        return !writer->size || emit(compiler, PLAN_SKIP_BYTES, 0, writer->size, NULL);
    case SCHEMA_ENUM:
        return emit(compiler, PLAN_SKIP_ENUM, 0, writer->count, NULL);
    case SCHEMA_ARRAY:
    case SCHEMA_MAP:
        return skip_blocks(compiler, writer);
    case SCHEMA_UNION:
        return skip_union(compiler, writer);
    case SCHEMA_RECORD:
        return skip_record(compiler, writer);
    }
    return false;
}

static bool compile_skip(struct compiler *compiler, const struct schema *writer)
{
    return enter(compiler) && leave(compiler, skip_type(compiler, writer));
}

/* ---- values that we read ---- */

static bool emit_absent(struct compiler *compiler, const struct field_rule *rule)
{
    if (!rule->record)
        return emit(compiler, PLAN_ABSENT, rule->offset, rule->kind, NULL);
    for (uint32_t i = 0; i < rule->record->count; i++)
        if (!emit_absent(compiler, &rule->record->fields[i]))
            return false;
    return true;
}

static bool accepts(const struct field_rule *rule, const struct schema *writer)
{
    if (writer->type == SCHEMA_NULL)
        return rule->presence == FIELD_NULLABLE;
    if (rule->record)
        return writer->type == (rule->presence == FIELD_REPEATED ? SCHEMA_ARRAY : SCHEMA_RECORD);
    const char *logical;
    enum schema_type ours = field_avro_type(rule->kind, &logical);
    bool same = writer->type == ours || (ours == SCHEMA_LONG && writer->type == SCHEMA_INT) ||
                (ours == SCHEMA_STRING && writer->type == SCHEMA_BYTES);
    bool number = ours == SCHEMA_LONG || ours == SCHEMA_INT;
    return same && (!number || !writer->logical_type.ptr || (logical && text_equals(writer->logical_type, logical)));
}

static bool compile_status(struct compiler *compiler, const struct schema *writer, const struct field_rule *rule)
{
    uint32_t first = 0;
    if (!text_equals(writer->name, "OrderStatus"))
        return fail(compiler, rule->name, "not the enum OrderStatus");
    if (!emit(compiler, FIELD_STATUS, rule->offset, writer->count, NULL) ||
        !emit_targets(compiler, writer->count, &first))
        return false;
    compiler->plan->is_ours &= writer->count == ORDER_STATUS_COUNT;
    for (uint32_t i = 0; i < writer->count; i++) {
        uint32_t ours = 0;
        while (ours < ORDER_STATUS_COUNT && !text_equals(writer->names[i], order_status_symbols[ours]))
            ours++;
        compiler->plan->steps[first + i].arg = ours < ORDER_STATUS_COUNT ? ours : PLAN_NOTHING;
        compiler->plan->is_ours &= ours == i;
    }
    return true;
}

/* At least: a type without a byte, or that may have none, counts as none. */
static uint32_t record_bytes_min(const struct schema *writer)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < writer->count; i++) {
        enum schema_type type = writer->children[i]->type;
        bytes += type != SCHEMA_NULL && type != SCHEMA_FIXED && type != SCHEMA_RECORD;
    }
    return bytes;
}

/* Every item of ours has a required string, so none is without bytes. */
static bool compile_items(struct compiler *compiler, const struct schema *writer, const struct field_rule *rule)
{
    uint32_t start = 0;
    if (!emit(compiler, PLAN_ITEMS, 0, 0, &start) ||
        !compile_record(compiler, writer->children[0], rule->record) ||
        !emit(compiler, PLAN_ITEMS_NEXT, 0, start, NULL))
        return false;
    set_arg_here(compiler, start);
    compiler->plan->items = (struct plan_items){rule->offset, rule->count_offset, rule->record->item_size,
                                                record_bytes_min(writer->children[0])};
    return true;
}

/* The writer's type is one that accepts() said yes to. */
static bool compile_value(struct compiler *compiler, const struct schema *writer, const struct field_rule *rule)
{
    if (writer->type == SCHEMA_NULL)
        return emit_absent(compiler, rule);
    if (rule->presence == FIELD_REPEATED)
        return compile_items(compiler, writer, rule);
    if (rule->record)
        return compile_record(compiler, writer, rule->record);
    if (rule->kind == FIELD_STATUS)
        return compile_status(compiler, writer, rule);
    const char *logical;
    bool narrow = writer->type != field_avro_type(rule->kind, &logical) && writer->type == SCHEMA_INT;
    compiler->plan->is_ours &= !narrow;
    if (narrow && !emit(compiler, PLAN_INT_AHEAD, 0, 0, NULL))
        return false;
    return emit(compiler, rule->kind, rule->offset, 0, NULL);
}

/* Branches without a place in ours keep their target PLAN_NOTHING. */
static bool compile_union(struct compiler *compiler, const struct schema *writer, const struct field_rule *rule)
{
    uint32_t first = 0, jumps = PLAN_NOTHING, accepted = 0;
    if (!emit(compiler, PLAN_UNION, 0, writer->count, NULL) || !emit_targets(compiler, writer->count, &first))
        return false;
    for (uint32_t i = 0; i < writer->count; i++) {
        if (!accepts(rule, writer->children[i]))
            continue;
        accepted++;
        set_arg_here(compiler, first + i);
        if (!compile_value(compiler, writer->children[i], rule) || !end_branch(compiler, &jumps))
            return false;
    }
    end_union(compiler, jumps);
    compiler->plan->is_ours &= rule->presence == FIELD_NULLABLE && writer->count == 2 && accepted == 2 &&
                               writer->children[0]->type == SCHEMA_NULL;
    return accepted || fail(compiler, rule->name, "no branch of the union can be read as ours");
}

static bool compile_type(struct compiler *compiler, const struct schema *writer, const struct field_rule *rule)
{
    if (writer->type == SCHEMA_UNION)
        return compile_union(compiler, writer, rule);
    compiler->plan->is_ours &= rule->presence != FIELD_NULLABLE;
    if (accepts(rule, writer))
        return compile_value(compiler, writer, rule);
    char what[160];
    (void)snprintf(what, sizeof what, "written as %s%s%.*s, which cannot be read as ours", schema_type_name(writer->type),
                   writer->logical_type.len ? " " : "",
                   (int)(writer->logical_type.len < 60 ? writer->logical_type.len : 60),
                   writer->logical_type.len ? writer->logical_type.ptr : ""); /* cut at worst */
    return fail(compiler, rule->name, what);
}

static bool compile_field(struct compiler *compiler, const struct schema *writer, const struct field_rule *rule)
{
    return enter(compiler) && leave(compiler, compile_type(compiler, writer, rule));
}

static uint32_t find_rule(const struct record_rule *record, struct text name)
{
    uint32_t i = 0;
    while (i < record->count && !text_equals(name, record->fields[i].name))
        i++;
    return i;
}

/* What the writer does not know, and that our schema has a default for. */
static bool compile_missing(struct compiler *compiler, const struct record_rule *record, uint64_t written)
{
    for (uint32_t i = 0; i < record->count; i++) {
        const struct field_rule *rule = &record->fields[i];
        if (written >> i & 1)
            continue;
        if (rule->presence != FIELD_NULLABLE && rule->presence != FIELD_DEFAULTED)
            return fail(compiler, rule->name, "the writer does not have it, and ours has no default");
        compiler->plan->is_ours = false;
        if (!emit_absent(compiler, rule))
            return false;
    }
    return true;
}

static bool compile_record(struct compiler *compiler, const struct schema *writer, const struct record_rule *rule)
{
    if (writer->type != SCHEMA_RECORD || !text_equals(writer->name, rule->name))
        return fail(compiler, rule->name, "not a record of this name");
    uint64_t written = 0;
    for (uint32_t i = 0; i < writer->count; i++) {
        uint32_t ours = find_rule(rule, writer->names[i]);
        compiler->plan->is_ours &= ours == i && ours < rule->count;
        if (ours < rule->count)
            written |= UINT64_C(1) << ours;
        if (!(ours < rule->count ? compile_field(compiler, writer->children[i], &rule->fields[ours])
                                 : compile_skip(compiler, writer->children[i])))
            return false;
    }
    return compile_missing(compiler, rule, written);
}

bool plan_compile(struct decode_plan *plan, const struct schema *writer, struct err *err)
{
    struct compiler compiler = {.plan = plan, .err = err};
    plan->is_ours = true;
    return compile_record(&compiler, writer, &event_rules[plan->kind]) && emit(&compiler, PLAN_END, 0, 0, NULL);
}
