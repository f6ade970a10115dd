/*
 * Encoding by avro-c, and the one place of the program that uses it: it never sees bytes from outside (1.11.1 leaks on
 * truncated strings, takes out-of-range enums and allocates what a length says).
 */
#ifndef SCHEMAS_AVRO_CODEC_H
#define SCHEMAS_AVRO_CODEC_H

#include <stddef.h>

#include "common/err.h"
#include "schemas/event.h"

struct avro_encoder;

/* For events of a kind under our newest schema, whose fields must be those of event_rules in their order. Every encoding
 * starts with head_bytes bytes that are the caller's to fill. NULL with err. One thread. */
struct avro_encoder *avro_encoder_new(enum event_kind kind, const char *schema_json, size_t len, size_t head_bytes,
                                      struct err *err);
void avro_encoder_free(struct avro_encoder *encoder);

/* The bytes are the encoder's, until its next call. false with err (REJECT) where a required text is absent, or where the
 * result is larger than EVENT_BYTES_MAX. */
bool avro_encoder_write(struct avro_encoder *encoder, const struct event *event, uint8_t **ret_bytes, size_t *ret_len,
                        struct err *err);

#endif
