/*
 * How to read events that were written under one schema: compiled once from the writer's schema against the rules of our
 * own (event_rules.h) into a flat list of steps, which then runs over the bytes. Running takes time linear in the bytes, no
 * recursion, and no memory but the order's lines in the arena (bounded by a small multiple of the bytes).
 *
 * What is resolved, as Avro says: fields by name in any order, fields that we do not know (skipped, whatever their type), fields
 * that the writer does not know (if ours are nullable or boolean), int to long, bytes to string, unions of the writer, enum
 * symbols by name. Not resolved: another logical type of a number (timestamp-millis would be wrong by a factor), types that
 * contain themselves.
 */
#ifndef SCHEMAS_DECODE_PLAN_H
#define SCHEMAS_DECODE_PLAN_H

#include "common/arena.h"
#include "common/err.h"
#include "schemas/event.h"
#include "schemas/reason.h"

struct decode_plan;

/* NULL with err where the schema is no valid one or cannot be read as ours; err names the field. The plan is the caller's. */
struct decode_plan *decode_plan_new(enum event_kind kind, const char *schema_json, size_t len, struct err *err);
void decode_plan_free(struct decode_plan *plan);

/* Whether the writer's bytes are laid out exactly as our newest schema says, so that decode_fast may read them. */
bool decode_plan_is_ours(const struct decode_plan *plan);

/* All of ret_event but its hashes; undefined where the result is not REASON_NONE. Texts are slices of bytes, lines are in
 * arena. A symbol or union branch that has no place in our schema is REASON_BAD_ENUM. Any number of threads. */
enum reason decode_plan_run(const struct decode_plan *plan, const uint8_t *bytes, size_t len, struct arena *arena,
                            struct event *ret_event);

#endif
