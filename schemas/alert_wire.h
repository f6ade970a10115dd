/*
 * An alert as it goes to its topic: a Confluent frame and Avro binary under schemas/avro/alert.avsc. Pure.
 */
#ifndef SCHEMAS_ALERT_WIRE_H
#define SCHEMAS_ALERT_WIRE_H

#include "common/arena.h"
#include "common/err.h"
#include "schemas/alert.h"

/* The schema id of ids.yaml. false with err. */
bool alert_wire_id(int32_t *ret_id, struct err *err);

/* The bytes live in the arena. */
void alert_wire_write(const struct alert *alert, int32_t schema_id, struct arena *arena, const uint8_t **ret_bytes, size_t *ret_len);

#endif
