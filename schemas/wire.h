/*
 * From the bytes of a record to an event and back: the Confluent frame (0x00, schema id as big-endian int32), the table of
 * schema ids, and the codec behind it.
 *
 * Hashes are stored in databases: none of these definitions may ever change. All are XXH3 of libxxhash (64 or 128 bits), with
 * seed 0 where none is named, over the bytes of the texts:
 *   shop_hash     64 of shop_id
 *   order_hash    128 of order_id with shop_hash as the seed
 *   sku_hash      64 of platform_sku; the same in all shops
 *   row_hash      128 of shop_id 00 platform 00 account_id 00 campaign_id 00 day hour, the last two as little-endian int32
 *   content_hash  128 of the message behind the frame, without the field event_id (its length and its bytes); where another
 *                 field stands before event_id, the hash of the bytes behind it with the 64 of those before as the seed.
 *                 The schema id is not part of it: the same bytes under a newer id are the same content.
 */
#ifndef SCHEMAS_WIRE_H
#define SCHEMAS_WIRE_H

#include "common/arena.h"
#include "common/err.h"
#include "schemas/event.h"
#include "schemas/reason.h"

struct wire_decoder;
struct wire_encoder;

/* Compiles the plans of all schemas that the program carries. NULL with err where one cannot be read as ours. One thread. */
struct wire_decoder *wire_decoder_new(struct err *err);
void wire_decoder_free(struct wire_decoder *decoder);

/* Adds a writer's schema under an id; one that is there already is replaced (a registry's ids win over ids.yaml). false with
 * err where it cannot be resolved to ours: events under that id are then refused as REASON_UNRESOLVABLE_SCHEMA. */
bool wire_decoder_add(struct wire_decoder *decoder, enum event_kind kind, int32_t schema_id, const char *schema_json,
                      size_t len, struct err *err);

/* value[0..len) must stay valid and unchanged as long as the event: its texts are slices of it. Lines are allocated in arena.
 * All hashes of the event are filled. key is the record's key: it must be the shop_id (REASON_WRONG_KEY); NULL: not checked.
 * value NULL is a null value. ret_event is undefined where the result is not REASON_NONE. Beyond what REASON_ says of bytes:
 * currency is three capitals and amount_scale 0 to 9, whatever the shop has; rates are 0 to 1,000,000; hour is 0 to 23;
 * texts that are no ids have at most 4,096 bytes (REASON_BAD_LENGTH). What kind of event it is the schema id says: it must be
 * one that the topic carries (REASON_UNKNOWN_SCHEMA). */
enum reason wire_decode(struct wire_decoder *decoder, enum event_topic topic, const uint8_t *key, size_t key_len,
                        const uint8_t *value, size_t len, struct arena *arena, struct event *ret_event);

/* Encodes by avro-c under the newest of our schemas. NULL with err. One thread. */
struct wire_encoder *wire_encoder_new(struct err *err);
void wire_encoder_free(struct wire_encoder *encoder);

/* The framed bytes are the encoder's, until its next call. */
bool wire_encode(struct wire_encoder *encoder, const struct event *event, const uint8_t **ret_bytes, size_t *ret_len,
                 struct err *err);

/* Fills the hashes of an event that was built by hand, as decoding does (content_hash excepted: it is of the bytes). */
void event_hash_keys(struct event *event);

#endif
